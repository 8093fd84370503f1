{{- define "altalune.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "altalune.selector" -}}
app.kubernetes.io/name: altalune
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "altalune.labels" -}}
{{ include "altalune.selector" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* The secrets that are given, as a map from the name of each variable to its secret. The first two have to be. */}}
{{- define "altalune.secrets" -}}
{{- $secrets := dict -}}
{{- $variables := dict
  "DATABASE_URL" "databaseUrl"
  "ALTALUNE_MASTER_KEY" "masterKey"
  "ALTALUNE_MASTER_KEY_PREVIOUS" "previousMasterKey"
  "ALTALUNE_LISTEN_URL" "listenUrl"
  "ALTALUNE_ROOT_KEY" "rootKey" -}}
{{- range $variable, $value := $variables -}}
{{- $secret := get $.Values.secrets $value -}}
{{- if and $secret $secret.name -}}
{{- $_ := set $secrets $variable $secret -}}
{{- else if has $value (list "databaseUrl" "masterKey") -}}
{{- fail (printf "set secrets.%s.name to the name of a secret" $value) -}}
{{- end -}}
{{- end -}}
{{- toYaml $secrets -}}
{{- end -}}
