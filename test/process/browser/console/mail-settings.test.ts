import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { expect } from "vitest";
import { NoticeKind } from "../../../../gen/altalune/v1/notice_pb.js";
import { UserRole } from "../../../../gen/altalune/v1/user_pb.js";
import { dayMs, newProject } from "../../../support/fixtures.js";
import { test } from "../../../support/shared-instance.js";
import { launchBrowser } from "../launch.js";
import { visitAs } from "./browser.js";

test("who is sent mail, when and about what is set, what is wrong is said where it is, and what is there is there again", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const path = `/console/projects/${projectId}/settings`;
  const { page, complaints } = await visitAs(browser, instance, UserRole.ADMIN, { path });
  const contacts = page.getByRole("combobox", { name: "Contacts" });
  const days = page.getByRole("combobox", { name: "Days before a key expires" });
  const old = page.getByRole("textbox", { name: "A key's value is old after" });
  const save = page.getByRole("button", { name: "Save mail" });
  const projectOf = async () => (await instance.clients.projects.getProject({ projectId })).project;
  expect(await old.inputValue()).toBe("90");

  await contacts.fill("team@example.com, nobody");
  await days.fill("14 400");
  await save.click();
  await page.getByText("Enter whole numbers from 1 to 365.").waitFor();
  await days.press("Backspace");
  await save.click();
  await page.getByText("Must be an email address such as team@example.com").waitFor();
  expect((await projectOf())?.contactEmails).toEqual([]);
  await contacts.press("Backspace");
  await old.fill("180");
  await page.getByRole("checkbox", { name: "a key has expired" }).uncheck();
  await save.click();
  await page.getByText(/Saved\./).waitFor();
  expect(await projectOf()).toMatchObject({
    contactEmails: ["team@example.com"],
    notices: {
      expiringDays: [30, 7, 1, 14],
      rotationDueAfter: durationFromMs(180 * dayMs),
      muted: [NoticeKind.EXPIRED],
    },
  });

  await page.reload();
  await page.getByText("team@example.com", { exact: true }).waitFor();
  expect(await old.inputValue()).toBe("180");
  expect(await page.getByRole("checkbox", { name: "a key has expired" }).isChecked()).toBe(false);
  expect(await page.getByRole("checkbox", { name: "a key expires soon" }).isChecked()).toBe(true);
  expect(complaints()).toEqual([]);
});
