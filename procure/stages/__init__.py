"""The procedure, upstream to downstream; an upstream stage never names a downstream one."""
