// Package routes keeps a node's routes to the pods of the other nodes: one for each pod range, by
// way of its node's address. All nodes must be neighbours on one network, as kind's are.
package routes

import "net/netip"

// A Route leads to a pod range.
type Route struct {
	To  netip.Prefix
	Via netip.Addr // its node
}
