// Package nft puts the agent's rules into the node's kernel, by sigs.k8s.io/knftables. Each change is
// one transaction, which the kernel takes whole or not at all, and each concern has a table of its
// own to look at:
//
//	nft list table ip slipway-masquerade
//	nft list table ip slipway-policy
package nft

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	"sigs.k8s.io/knftables"
)

// MasqueradeTable is the name of the table that lets pods out.
const MasqueradeTable = "slipway-masquerade"

// A Masquerade gives packets that leave the cluster the address of their node, since nothing out
// there knows a way back to a pod. Between pods and nodes each sees the other as it is.
type Masquerade struct {
	Local   []netip.Prefix // the node's own pod ranges
	Cluster []netip.Prefix // all pod ranges, and the addresses of nodes
}

// Equal says whether both are the same rules.
func (m Masquerade) Equal(o Masquerade) bool {
	return slices.Equal(m.Local, o.Local) && slices.Equal(m.Cluster, o.Cluster)
}

// Apply replaces the rules in the kernel.
func (m Masquerade) Apply(ctx context.Context) error {
	for _, family := range []knftables.Family{knftables.IPv4Family, knftables.IPv6Family} {
		local, cluster := ofFamily(family, m.Local), ofFamily(family, m.Cluster)
		if len(local) == 0 {
			continue
		}
		table, err := knftables.New(family, MasqueradeTable)
		if err != nil {
			return fmt.Errorf("masquerade: %w", err)
		}
		tx := table.NewTransaction()
		fillMasquerade(tx, family, local, cluster)
		if err := table.Run(ctx, tx); err != nil {
			return fmt.Errorf("masquerade: %w", err)
		}
	}
	return nil
}

func fillMasquerade(tx *knftables.Transaction, family knftables.Family, local, cluster []string) {
	tx.Add(&knftables.Table{Comment: knftables.PtrTo("netagent: packets that leave the cluster")})
	tx.Delete(&knftables.Table{})
	tx.Add(&knftables.Table{Comment: knftables.PtrTo("netagent: packets that leave the cluster")})
	for name, elements := range map[string][]string{"local": local, "cluster": cluster} {
		tx.Add(&knftables.Set{
			Name: name, Type: addressType(family),
			Flags: []knftables.SetFlag{knftables.IntervalFlag}, AutoMerge: knftables.PtrTo(true),
		})
		for _, e := range elements {
			tx.Add(&knftables.Element{Set: name, Key: []string{e}})
		}
	}
	tx.Add(&knftables.Chain{
		Name: "postrouting", Type: knftables.PtrTo(knftables.NATType),
		Hook: knftables.PtrTo(knftables.PostroutingHook), Priority: knftables.PtrTo(knftables.SNATPriority),
	})
	tx.Add(&knftables.Rule{
		Chain: "postrouting",
		Rule:  knftables.Concat(family, "saddr @local", family, "daddr != @cluster", "counter masquerade fully-random"),
	})
}

// ofFamily returns the prefixes of a family as nft writes them.
func ofFamily(family knftables.Family, prefixes []netip.Prefix) []string {
	var out []string
	for _, p := range prefixes {
		if p.Addr().Is6() == (family == knftables.IPv6Family) {
			out = append(out, p.String())
		}
	}
	return out
}

func addressType(family knftables.Family) string {
	if family == knftables.IPv6Family {
		return "ipv6_addr"
	}
	return "ipv4_addr"
}
