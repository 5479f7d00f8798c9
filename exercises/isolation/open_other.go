//go:build !linux

package isolation

// Enter prepares the process that grades. On this system there is nothing to prepare.
func Enter() error { return nil }

// strong are the backends that keep commands apart, strongest first: none on this system.
var strong []opener
