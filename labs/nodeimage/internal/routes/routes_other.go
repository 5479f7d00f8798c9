//go:build !linux

package routes

import (
	"errors"
	"net/netip"
)

// Sync works on Linux only, as nodes do.
func Sync([]Route) (set, removed int, err error) { return 0, 0, errors.ErrUnsupported }

// MTU works on Linux only.
func MTU(netip.Addr) (int, error) { return 0, errors.ErrUnsupported }
