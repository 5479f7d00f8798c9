//go:build !linux

package ociruntime

import (
	"fmt"
	"io"
)

// Main is for Linux only.
func Main(args []string, stderr io.Writer) int {
	fmt.Fprintf(stderr, "%s: only Linux has containers\n", Name)
	return 1
}
