"""What differs in a checkout: files, hunks, words, and the documents they are compared with. Changes nothing."""
