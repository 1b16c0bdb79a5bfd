"""What any editor shows in a file without knowing of Hedgerow: lenses, code actions, diagnostics, base documents."""
