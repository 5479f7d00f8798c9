package snapshot

import (
	"slices"

	"k8s.io/apimachinery/pkg/types"
)

// A plan is what a round does, in the order of its fields.
type plan struct {
	barriers  []*item   // to delete before anything else
	gates     []Change  // to write before anything else
	deletions [][]*item // in waves: all of one may be deleted at a time
	writes    [][]Change

	doomed map[*item]bool
	ending map[string]bool // namespaces that are to go, with all that is in them
}

// barrierKinds can make the API server refuse, or be unable, to do what follows.
var barrierKinds = map[string]bool{
	"apiservices.apiregistration.k8s.io":                             true,
	"mutatingadmissionpolicies.admissionregistration.k8s.io":         true,
	"mutatingadmissionpolicybindings.admissionregistration.k8s.io":   true,
	"mutatingwebhookconfigurations.admissionregistration.k8s.io":     true,
	"validatingadmissionpolicies.admissionregistration.k8s.io":       true,
	"validatingadmissionpolicybindings.admissionregistration.k8s.io": true,
	"validatingwebhookconfigurations.admissionregistration.k8s.io":   true,
}

// Waves of deletions.
const (
	first    = iota // namespaces, so that nothing new comes into them; what limits others
	owners          // workloads that would replace their pods; custom resources
	members         // all else that is in namespaces
	outsides        // all else
	deletionWaves
)

var deletionWave = map[string]int{
	"namespaces":                           first,
	"resourcequotas":                       first,
	"limitranges":                          first,
	"horizontalpodautoscalers.autoscaling": first,
	"cronjobs.batch":                       owners,
	"daemonsets.apps":                      owners,
	"deployments.apps":                     owners,
	"jobs.batch":                           owners,
	"replicasets.apps":                     owners,
	"replicationcontrollers":               owners,
	"statefulsets.apps":                    owners,
}

// Waves of writes.
const (
	ground    = iota // what others live in, on or by
	furniture        // all else
	workloads
	gates // what may refuse all of that
	writeWaves
)

var writeWave = map[string]int{
	"customresourcedefinitions.apiextensions.k8s.io": ground,
	"namespaces":                        ground,
	"nodes":                             ground,
	"priorityclasses.scheduling.k8s.io": ground,
	"serviceaccounts":                   ground,
	"daemonsets.apps":                   workloads,
	"deployments.apps":                  workloads,
	"jobs.batch":                        workloads,
	"cronjobs.batch":                    workloads,
	"pods":                              workloads,
	"replicasets.apps":                  workloads,
	"replicationcontrollers":            workloads,
	"statefulsets.apps":                 workloads,
}

func (r *restorer) plan(inv *inventory) *plan {
	p := &plan{
		deletions: make([][]*item, deletionWaves), writes: make([][]Change, writeWaves),
		doomed: map[*item]bool{}, ending: map[string]bool{},
	}
	r.condemn(inv, p)
	for _, it := range inv.items {
		if p.doomed[it.root()] || p.ending[it.obj.GetNamespace()] || p.doomed[it] {
			p.delete(it, inv)
		}
	}
	for _, c := range r.changes {
		if c.writes(inv, p) {
			p.write(c)
		}
	}
	return p
}

// condemn finds what is to be deleted: what the baseline does not have, and what is being deleted
// already. An object whose controller is not there may only have been listed before its controller,
// so it is given one more round.
func (r *restorer) condemn(inv *inventory, p *plan) {
	orphans := map[types.UID]bool{}
	for _, c := range r.changes {
		if c.now == nil || c.Op != Added && c.now.Condition != ending {
			continue
		}
		it := inv.byKey[c.now.key()]
		uid := it.obj.GetUID()
		if orphans[uid] = it.orphan; it.orphan && !r.orphans[uid] && !it.ending() {
			continue
		}
		p.doomed[it] = true
		if c.isNamespace() {
			p.ending[c.name()] = true
		}
	}
	r.orphans = orphans
}

func (p *plan) delete(it *item, inv *inventory) {
	id := it.resource.id()
	wave, ok := deletionWave[id]
	switch {
	case barrierKinds[id]:
		p.barriers = append(p.barriers, it)
		return
	case ok:
	case id == crds.id() && inv.instances(it) > 0:
		return // the next round: the server looks only every five seconds whether they are gone
	case isCustom(it.resource, inv):
		wave = owners
	case it.resource.namespaced:
		wave = members
	default:
		wave = outsides
	}
	p.deletions[wave] = append(p.deletions[wave], it)
}

// touched returns the resources that a round may change, or nil when everything is to be looked at
// next: before namespaces are ended it must be known that they are empty.
func (p *plan) touched(changes []Change, inv *inventory) map[string]bool {
	if !slices.ContainsFunc(changes, func(c Change) bool { return !p.ends(c) }) {
		if inv.whole {
			return map[string]bool{namespaces.id(): true}
		}
		return nil
	}
	ids := map[string]bool{"pods": true, "replicasets.apps": true}
	for _, c := range changes {
		ids[c.either().Resource] = true
	}
	for _, wave := range p.deletions {
		for _, it := range wave {
			ids[it.resource.id()] = true
		}
	}
	return ids
}

// ends reports whether a change is that a namespace has yet to end, or that something is missing there
// which can be made only after that.
func (p *plan) ends(c Change) bool {
	return c.isNamespace() && p.ending[c.name()] || c.now == nil && p.ending[c.namespace()]
}

// instances counts the objects of a definition.
func (inv *inventory) instances(definition *item) int {
	r, _ := custom(definition.obj)
	return len(inv.of(r))
}

func isCustom(r resource, inv *inventory) bool {
	return inv.get(crds.id(), "", r.id()) != nil
}

// writes reports whether an object can be written now: it differs in more than its condition, its
// resource is served, and neither it nor its namespace is going away.
func (c Change) writes(inv *inventory, p *plan) bool {
	if c.old == nil {
		return false
	}
	if _, served := inv.resources[c.old.Resource]; !served || p.ending[c.old.Namespace] {
		return false
	}
	return c.now == nil || c.now.Condition != ending && string(c.old.Content) != string(c.now.Content)
}

func (p *plan) write(c Change) {
	if barrierKinds[c.old.Resource] && (c.now != nil || c.old.Resource == apiServices.id()) {
		p.gates = append(p.gates, c)
		return
	}
	wave, ok := writeWave[c.old.Resource]
	switch {
	case barrierKinds[c.old.Resource]:
		wave = gates
	case !ok:
		wave = furniture
	}
	p.writes[wave] = append(p.writes[wave], c)
}
