//go:build linux

// Hostile does what a learner's program must not be able to do, one thing for each name:
//
//	hostile NAME [ARGUMENT…]
//
// It exits with 0 when it has succeeded, and with 1 and a reason when it has not.
package main

import (
	"fmt"
	"os"
)

// attacks return nil when they have got what they were after.
var attacks = map[string]func(args []string) error{
	"read":        read,
	"search":      search,
	"list":        list,
	"write":       write,
	"descriptors": descriptors,
	"handle":      handle,
	"mount":       mount,
	"namespace":   namespace,
	"kernel":      kernel,
	"ptrace":      ptrace,
	"memory-of":   memoryOf,
	"keys":        keys,
	"terminal":    terminal,
	"syscalls":    syscalls,
	"foreign-abi": foreignABI,

	"dial":     dial,
	"datagram": datagram,
	"abstract": abstract,
	"family":   family,
	"serve":    serve,
	"unbound":  unbound,
	"fastopen": fastOpen,
	"nameless": nameless,
	"watch":    watch,

	"survive":   survive,
	"kill-all":  killAll,
	"fork-bomb": forkBomb,
	"burn":      burn,
	"burn-all":  burnAll,
	"sleep":     sleep,

	"hog":       hog,
	"hog-many":  hogMany,
	"hog-memfd": hogMemfd,
	"hog-shm":   hogShm,

	"fill":        fill,
	"fill-inodes": fillInodes,
	"print":       printMuch,
}

func main() {
	if len(os.Args) < 2 || attacks[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "hostile: no such attack")
		os.Exit(2)
	}
	if err := attacks[os.Args[1]](os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "hostile:", err)
		os.Exit(1)
	}
	fmt.Println("succeeded")
}
