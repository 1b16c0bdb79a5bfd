"""What has really gone wrong in tools of this kind, one test per case, named by its id in README.md."""
