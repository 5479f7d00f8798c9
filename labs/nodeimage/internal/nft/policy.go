package nft

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/policy"
	"sigs.k8s.io/knftables"
)

// PolicyTable is the name of the table that isolates pods.
const PolicyTable = "slipway-policy"

// A Policy keeps the table of one family equal to what was last applied.
//
// The table filters what the node forwards between its pods and others, after Services have been
// translated to pods, and what its pods send to the node itself. What the node sends to its pods is
// never filtered, so the kubelet's probes always get through. A connection that was let through once
// goes on for as long as it lasts.
type Policy struct {
	family  policy.Family
	table   knftables.Interface
	applied *policy.Rules // nil when what the kernel has is not known
	unused  leftovers
	checked time.Time // when the kernel was last asked
}

// NewPolicy returns a Policy that will replace the table, if there is one, by its first Apply.
func NewPolicy(family policy.Family) (*Policy, error) {
	table, err := knftables.New(nftFamily(family), PolicyTable)
	if err != nil {
		return nil, fmt.Errorf("policy table: %w", err)
	}
	return &Policy{family: family, table: table, checked: time.Now()}, nil
}

func nftFamily(f policy.Family) knftables.Family {
	if f == policy.IPv6 {
		return knftables.IPv6Family
	}
	return knftables.IPv4Family
}

// Apply makes the kernel enforce rules. The kernel goes from the old rules to the new ones at once,
// also when the table is made anew. It says how many operations that took.
func (p *Policy) Apply(ctx context.Context, rules policy.Rules) (operations int, err error) {
	if err := p.check(ctx); err != nil {
		return 0, err
	}
	tx := p.table.NewTransaction()
	w := writer{tx, nftFamily(p.family)}
	var unused leftovers
	if p.applied == nil {
		w.table()
		w.change(empty, rules)
	} else {
		w.change(*p.applied, rules)
		unused = p.leftovers(rules)
	}
	if tx.NumOperations() > 0 {
		if err := p.table.Run(ctx, tx); err != nil {
			p.forget()
			return 0, fmt.Errorf("policy rules: %w", err)
		}
	}
	p.applied, p.unused = &rules, unused
	p.sweep(ctx)
	return tx.NumOperations(), nil
}

// empty are the rules of a new table.
var empty policy.Rules

// forget makes the next Apply start from nothing.
func (p *Policy) forget() { p.applied, p.unused = nil, leftovers{} }

// Leftovers are chains and sets in the kernel that no rule leads to any more.
type leftovers struct{ chains, sets []string }

// leftovers returns what the kernel has and rules do not.
func (p *Policy) leftovers(rules policy.Rules) leftovers {
	return leftovers{
		chains: missing(append(sortedKeys(p.applied.Chains), p.unused.chains...), rules.Chains),
		sets:   missing(append(sortedKeys(p.applied.Sets), p.unused.sets...), rules.Sets),
	}
}

func missing[V any](names []string, from map[string]V) []string {
	return slices.DeleteFunc(names, func(name string) bool {
		_, ok := from[name]
		return ok
	})
}

// sweep deletes leftovers, in a transaction of its own: the kernel may hold on for a moment to a
// chain that a map has just ceased to name. What fails now is tried again with the next change.
func (p *Policy) sweep(ctx context.Context) {
	tx := p.table.NewTransaction()
	for _, name := range p.unused.chains {
		tx.Delete(&knftables.Chain{Name: name})
	}
	for _, name := range p.unused.sets {
		tx.Delete(&knftables.Set{Name: name})
	}
	if tx.NumOperations() == 0 {
		return
	}
	if err := p.table.Run(ctx, tx); err != nil {
		slog.Warn("unused rules stay until the next change", "cause", err)
		return
	}
	p.unused = leftovers{}
}

// How often the kernel is asked whether the table is still there.
const checkEvery = time.Minute

// check finds out whether the kernel still has the table. When it lost it, or someone changed its
// chains, it is made anew.
func (p *Policy) check(ctx context.Context) error {
	if p.applied == nil || time.Since(p.checked) < checkEvery {
		return nil
	}
	p.checked = time.Now()
	chains, err := p.table.List(ctx, "chains")
	if err != nil && !knftables.IsNotFound(err) {
		return fmt.Errorf("look at policy table: %w", err)
	}
	if want := len(p.applied.Chains) + len(p.unused.chains) + len(baseChains); len(chains) != want {
		slog.Warn("someone changed the policy table: it is made anew", "chains", len(chains), "want", want)
		p.forget()
	}
	return nil
}
