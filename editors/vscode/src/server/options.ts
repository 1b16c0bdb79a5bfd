/** What the editor tells the server: the protocol it speaks, what the person set and what they trust. */
import * as vscode from "vscode";
import type { ClientCapabilities, StaticFeature } from "vscode-languageclient/node";
import { type InitializationOptions, PROTOCOL_VERSION, type Settings } from "../protocol.generated";

/** Says which protocol this extension speaks. */
export const protocolVersion: StaticFeature = {
  fillClientCapabilities(capabilities: ClientCapabilities): void {
    capabilities.experimental = {
      ...(capabilities.experimental as object | undefined),
      hedgerow: { protocolVersion: PROTOCOL_VERSION, commands: [], comments: true }, // `review/` shows both
    };
  },
  initialize: () => undefined,
  getState: () => ({ kind: "static" }),
  clear: () => undefined,
};

export function initializationOptions(): InitializationOptions {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === "file");
  return {
    settings: settings(),
    trustedFolders: vscode.workspace.isTrusted ? folders.map(({ uri }) => uri.toString()) : [],
    asks: true, // plans are shown by question.ts
  };
}

/** What the person set, and nothing else: what is left out comes from the user's file or the server's defaults. */
function settings(): Record<string, unknown> {
  const configuration = vscode.workspace.getConfiguration("hedgerow");
  const chosen: Record<string, unknown> = {};
  for (const key of Object.keys(SETTINGS)) {
    const found = configuration.inspect(key);
    const value = found?.workspaceFolderValue ?? found?.workspaceValue ?? found?.globalValue;
    if (value !== undefined) chosen[key] = value;
  }
  return chosen;
}

/** Every setting that the server knows; the types see to it that none is forgotten. */
const SETTINGS: Record<keyof Settings, true> = {
  worktreesDirectory: true,
  startFrom: true,
  retention: true,
  trashHours: true,
  largeFileMib: true,
  rebuildable: true,
  symlinkDirectories: true,
  setup: true,
  agent: true,
  agentArguments: true,
  launchLines: true,
  repositories: true,
  codexHomePerWorktree: true,
  terminal: true,
  notify: true,
  gitProcesses: true,
};
