import { lazy } from "react";
import { createBrowserRouter, createRoutesFromElements, Navigate, Route, RouterProvider } from "react-router";
import { Api } from "../api/api.tsx";
import { BrokenNote } from "../parts/broken.tsx";
import type { SignedInUser } from "../session/auth.ts";
import { NowherePage } from "./nowhere-page.tsx";
import { Shell } from "./shell.tsx";
import { UserContext } from "./user.ts";

const ProjectsPage = lazy(() => import("../projects/projects-page.tsx"));
const NewProjectPage = lazy(() => import("../projects/new-project-page.tsx"));
const KeysPage = lazy(() => import("../keys/keys-page.tsx"));
const NewKeyPage = lazy(() => import("../keys/new-key-page.tsx"));
const KeyPage = lazy(() => import("../keys/key-page.tsx"));
const OwnersPage = lazy(() => import("../owners/owners-page.tsx"));
const TrailPage = lazy(() => import("../trail/trail-page.tsx"));
const InstanceTrailPage = lazy(() => import("../trail/instance-trail-page.tsx"));
const UsagePage = lazy(() => import("../usage/usage-page.tsx"));
const SettingsPage = lazy(() => import("../settings/settings-page.tsx"));
const UsersPage = lazy(() => import("../users/users-page.tsx"));
const InvitePage = lazy(() => import("../users/invite-page.tsx"));
const UserPage = lazy(() => import("../users/user-page.tsx"));
const AccountPage = lazy(() => import("../account/account-page.tsx"));
const ExplorerPage = lazy(() => import("../explorer/explorer-page.tsx"));
const WebhooksPage = lazy(() => import("../webhooks/webhooks-page.tsx"));
const NewWebhookPage = lazy(() => import("../webhooks/new-webhook-page.tsx"));
const WebhookPage = lazy(() => import("../webhooks/webhook-page.tsx"));
const TiersPage = lazy(() => import("../tiers/tiers-page.tsx"));
const NewTierPage = lazy(() => import("../tiers/new-tier-page.tsx"));
const TierPage = lazy(() => import("../tiers/tier-page.tsx"));

// One that knows where it leads can hold people up who go back.
const router = createBrowserRouter(
  createRoutesFromElements(
    <Route element={<Shell />} errorElement={<BrokenNote />}>
      <Route index element={<Navigate to="/projects" replace />} />
      <Route path="projects" element={<ProjectsPage />} />
      <Route path="projects/new" element={<NewProjectPage />} />
      <Route path="projects/:projectId" element={<KeysPage />} />
      <Route path="projects/:projectId/keys/new" element={<NewKeyPage />} />
      <Route path="projects/:projectId/keys/:apiKeyId" element={<KeyPage />} />
      <Route path="projects/:projectId/owners" element={<OwnersPage />} />
      <Route path="projects/:projectId/trail" element={<TrailPage />} />
      <Route path="projects/:projectId/usage" element={<UsagePage />} />
      <Route path="trail" element={<InstanceTrailPage />} />
      <Route path="projects/:projectId/settings" element={<SettingsPage />} />
      <Route path="users" element={<UsersPage />} />
      <Route path="users/invite" element={<InvitePage />} />
      <Route path="users/:userId" element={<UserPage />} />
      <Route path="account" element={<AccountPage />} />
      <Route path="projects/:projectId/explorer" element={<ExplorerPage />} />
      <Route path="projects/:projectId/webhooks" element={<WebhooksPage />} />
      <Route path="projects/:projectId/webhooks/new" element={<NewWebhookPage />} />
      <Route path="projects/:projectId/webhooks/:webhookId" element={<WebhookPage />} />
      <Route path="tiers" element={<TiersPage />} />
      <Route path="tiers/new" element={<NewTierPage />} />
      <Route path="tiers/of/:name" element={<TierPage />} />
      <Route path="*" element={<NowherePage />} />
    </Route>,
  ),
  { basename: "/console" },
);

/** All that there is for who is signed in, each page loaded when it is first gone to. */
export default function Workspace({ user }: { readonly user: SignedInUser }) {
  return (
    <UserContext value={user}>
      <Api key={user.id}>
        <RouterProvider router={router} />
      </Api>
    </UserContext>
  );
}
