/** The Python interpreter that is selected in the editor, told by the Python extension where there is one. */
import * as vscode from "vscode";

/** What we use of the Python extension's own interface; all of it may be missing. */
interface PythonExtension {
  environments?: {
    getActiveEnvironmentPath?(resource?: vscode.Uri): { path: string };
    resolveEnvironment?(path: {
      path: string;
    }): Promise<{ executable?: { uri?: vscode.Uri | undefined } } | undefined>;
  };
}

const PATIENCE_MS = 10_000;

/** Undefined without the extension, without a selection, or in a workspace that may not choose what runs. */
export async function selectedInterpreter(log: (line: string) => void): Promise<string | undefined> {
  const extension = vscode.extensions.getExtension<PythonExtension>("ms-python.python");
  if (extension === undefined) {
    log("the Python extension is not installed");
    return undefined;
  }
  if (!vscode.workspace.isTrusted) {
    log("the workspace is not trusted, so its interpreter is not asked for");
    return undefined;
  }
  try {
    return await within(PATIENCE_MS, ask(extension));
  } catch (error) {
    log(`the Python extension did not tell its interpreter: ${String(error)}`);
    return undefined;
  }
}

async function ask(extension: vscode.Extension<PythonExtension>): Promise<string | undefined> {
  const { environments } = await extension.activate();
  const path = environments?.getActiveEnvironmentPath?.(vscode.workspace.workspaceFolders?.[0]?.uri);
  if (path === undefined) return undefined;
  return (await environments?.resolveEnvironment?.(path))?.executable?.uri?.fsPath;
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${milliseconds / 1000} s`));
    }, milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
