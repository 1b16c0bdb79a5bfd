/** Answers that are read as a page, as text. Pure. */
import { t } from "../l10n";
import type { DoctorResult, ShowResult } from "../protocol.generated";

export function healthText(answer: DoctorResult): string {
  const checks = answer.checks.map(({ ok, name, text }) => `${ok ? t("ok ") : t("BAD")}  ${name}: ${text}`);
  return [`Hedgerow ${answer.version}`, "", ...checks, ""].join("\n");
}

export function detailsText(answer: ShowResult): string {
  if (answer.text !== "") return answer.text;
  const paths = answer.files.map(({ status, path }) => `${status}  ${path}`);
  const recover =
    answer.recover.length > 0 ? ["", t("To get it back with plain git:"), ...answer.recover] : [];
  return [answer.operation?.title ?? answer.snapshot?.name ?? "", "", ...paths, ...recover, ""].join("\n");
}
