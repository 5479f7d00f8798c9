package isolation

import "golang.org/x/sys/unix"

const (
	auditArch     = unix.AUDIT_ARCH_X86_64
	firstForeign  = 0x40000000 // system calls of the x32 ABI
	legacyInotify = unix.SYS_INOTIFY_INIT
)
