"""The workbench (我的待办): what waits for me, computed from states and terms, never ticked off by hand."""
