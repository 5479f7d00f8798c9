// Package conflist writes the CNI configuration by which a node's container runtime gives pods their
// network: ptp joins each pod to the node by a veth pair of its own, host-local hands out addresses
// of the node's pod ranges, portmap serves hostPort, and the agent's own plugin, of package isolate,
// holds a pod back until policies are enforced on it. The format is the CNI specification's network
// configuration list, version 1.0.0.
//
// A node is NotReady until the file is there, and the runtime may look at any moment: so Write puts
// it in place whole, and leaves an equal file alone.
package conflist

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"

	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/isolate"
)

// File is the name of the list below the CNI configuration folder. The runtime takes the first in
// the order of names.
const File = "10-slipway.conflist"

// leases is where host-local remembers addresses in use. It must not outlive a reboot, since no pod
// sandbox does; /run does not.
const leases = "/run/slipway-ipam"

type list struct {
	CNIVersion string `json:"cniVersion"`
	Name       string `json:"name"`
	Plugins    []any  `json:"plugins"`
}

type ptp struct {
	Type   string `json:"type"`
	IPMasq bool   `json:"ipMasq"` // the agent masquerades, once for all pods
	MTU    int    `json:"mtu,omitempty"`
	IPAM   ipam   `json:"ipam"`
}

type ipam struct {
	Type    string     `json:"type"`
	DataDir string     `json:"dataDir"`
	Routes  []route    `json:"routes"`
	Ranges  [][]subnet `json:"ranges"`
}

type route struct {
	Dst string `json:"dst"`
}

type subnet struct {
	Subnet netip.Prefix `json:"subnet"`
}

type portmap struct {
	Type         string          `json:"type"`
	Capabilities map[string]bool `json:"capabilities"`
}

type agent struct {
	Type   string `json:"type"`
	Socket string `json:"socket"`
}

// Marshal returns the list for a node with these pod ranges, whose pods' interfaces carry packets of
// at most mtu bytes; 0 leaves that to the kernel.
func Marshal(ranges []netip.Prefix, mtu int) ([]byte, error) {
	addresses := ipam{Type: "host-local", DataDir: leases}
	for _, r := range ranges {
		everywhere := netip.PrefixFrom(netip.IPv4Unspecified(), 0)
		if r.Addr().Is6() {
			everywhere = netip.PrefixFrom(netip.IPv6Unspecified(), 0)
		}
		addresses.Routes = append(addresses.Routes, route{everywhere.String()})
		addresses.Ranges = append(addresses.Ranges, []subnet{{r}})
	}
	data, err := json.MarshalIndent(list{"1.0.0", "slipway", []any{
		ptp{Type: "ptp", MTU: mtu, IPAM: addresses},
		portmap{Type: "portmap", Capabilities: map[string]bool{"portMappings": true}},
		agent{Type: isolate.File, Socket: isolate.Socket},
	}}, "", "  ")
	return append(data, '\n'), err
}

// Write puts data into dir as File, and says whether that changed anything.
func Write(dir string, data []byte) (changed bool, err error) {
	name := filepath.Join(dir, File)
	if old, err := os.ReadFile(name); err == nil && bytes.Equal(old, data) {
		return false, nil
	}
	// The runtime reads names that end in .conf, .conflist and .json: this one does not.
	temp := name + ".new"
	if err := os.WriteFile(temp, data, 0o644); err != nil {
		return false, fmt.Errorf("write CNI configuration: %w", err)
	}
	if err := os.Rename(temp, name); err != nil {
		return false, fmt.Errorf("write CNI configuration: %w", err)
	}
	return true, nil
}
