package isolation

import "golang.org/x/sys/unix"

const (
	auditArch     = unix.AUDIT_ARCH_AARCH64
	firstForeign  = 0x40000000 // there is none
	legacyInotify = unix.SYS_INOTIFY_INIT1
)
