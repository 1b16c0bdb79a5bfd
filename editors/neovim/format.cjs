// Formats the Lua files below the folders named, as stylua.toml says; without --fix it only names those that
// are not formatted. A stand-in for the stylua program, which no package registry carries.
const fs = require('node:fs');
const path = require('node:path');
const stylua = require('@johnnymorganz/stylua');

const words = process.argv.slice(2);
const fix = words[0] === '--fix';
const folders = fix ? words.slice(1) : words;
const settings = Object.fromEntries(
  [...fs.readFileSync('stylua.toml', 'utf8').matchAll(/^(\w+) = "?([^"\n]+)"?$/gm)].map((match) => match.slice(1)),
);

// formatCode takes its configuration away with it, so each file gets its own.
function configuration() {
  const config = stylua.Config.new();
  config.syntax = stylua.LuaVersion[settings.syntax];
  config.column_width = Number(settings.column_width);
  config.indent_type = stylua.IndentType[settings.indent_type];
  config.indent_width = Number(settings.indent_width);
  config.quote_style = stylua.QuoteStyle[settings.quote_style];
  return config;
}

let untidy = 0;
for (const folder of folders) {
  for (const name of fs.readdirSync(folder, { recursive: true })) {
    const file = path.join(folder, name);
    if (!file.endsWith('.lua')) continue;
    const before = fs.readFileSync(file, 'utf8');
    const after = stylua.formatCode(before, configuration(), undefined, stylua.OutputVerification.Full);
    if (after === before) continue;
    if (fix) {
      fs.writeFileSync(file, after);
    } else {
      untidy += 1;
      console.error(`${file}: not formatted (editors/neovim/check.sh --fix)`);
    }
  }
}
process.exit(untidy ? 1 : 0);
