package snapshot

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// state returns what counts of an inventory.
func (inv *inventory) state() *State {
	s := &State{}
	pods := inv.pods()
	for _, it := range inv.items {
		if it.auto || it.owner != nil && (it.isPod() || !it.ending()) {
			continue
		}
		s.Objects = append(s.Objects, inv.object(it, pods[it]))
	}
	return s
}

func (inv *inventory) object(it *item, pods []*item) Object {
	o := Object{
		Resource: it.resource.id(), Kind: it.resource.kind, Namespace: it.obj.GetNamespace(), Name: it.obj.GetName(),
		Content: encode(content(it)), Condition: condition(it),
	}
	if b := birth(it); b != nil {
		o.Birth = encode(b)
	}
	if !passing[it.resource.id()] {
		for _, p := range pods {
			o.Pods = append(o.Pods, inv.pod(p))
		}
		slices.Sort(o.Pods)
	}
	return o
}

// passing are workloads whose pods come and go by themselves.
var passing = map[string]bool{"jobs.batch": true, "cronjobs.batch": true}

// asBaseline returns the state with every pod as it should be.
func (s *State) asBaseline() *State {
	for i := range s.Objects {
		pods := s.Objects[i].Pods
		for j := range pods {
			pods[j] = shapeOf(pods[j])
		}
		slices.Sort(pods)
	}
	return s
}

// shapeOf returns the digest of a pod's shape without what is wrong with the pod.
func shapeOf(pod string) string {
	shape, _, _ := strings.Cut(pod, " ")
	return shape
}

// conditions name what makes an object ready.
var conditions = map[string]string{"nodes": "Ready", "apiservices.apiregistration.k8s.io": "Available"}

func condition(it *item) string {
	if it.ending() {
		return ending
	}
	if it.isPod() {
		return podCondition(it)
	}
	if name := conditions[it.resource.id()]; name != "" {
		return asCondition(holds(it.obj, name))
	}
	return ""
}

func asCondition(is bool) string {
	if is {
		return ready
	}
	return notReady
}

// holds reports whether a condition of the status is True.
func holds(obj *unstructured.Unstructured, name string) bool {
	list, _, _ := unstructured.NestedSlice(obj.Object, "status", "conditions")
	return slices.ContainsFunc(list, func(c any) bool {
		condition, _ := c.(map[string]any)
		return condition["type"] == name && condition["status"] == "True"
	})
}

// podCondition tells of a pod that has done its work that it is ready, too.
func podCondition(it *item) string {
	phase, _, _ := unstructured.NestedString(it.obj.Object, "status", "phase")
	return asCondition(phase == "Succeeded" || holds(it.obj, "Ready"))
}

// pod tells the shape of a pod and what is wrong with it.
func (inv *inventory) pod(it *item) string {
	text := shapeDigest(it.obj)
	if c := condition(it); c != ready {
		text += " " + c
	}
	if inv.outdated(it) {
		text += " " + outdated
	}
	return text
}

// shapeDigest covers what a pod has from the template of its owner, and what was done to it since.
func shapeDigest(pod *unstructured.Unstructured) string {
	obj := pod.DeepCopy().Object
	labels := nested(obj, "metadata", "labels")
	drop(labels, "pod-template-hash", "controller-revision-hash", "pod-template-generation",
		"batch.kubernetes.io/controller-uid", "controller-uid")
	spec := nested(obj, "spec")
	drop(spec, "nodeName", "affinity", "hostname") // where it came to be
	nameToken(spec)
	sum := sha256.Sum256(encode([]any{labels, spec}))
	return fmt.Sprintf("%x", sum[:8])
}

const tokenVolume = "kube-api-access"

// nameToken gives the volume of the account's token, which has a random name, a fixed one.
func nameToken(spec map[string]any) {
	rename := func(list any) {
		entries, _ := list.([]any)
		for _, e := range entries {
			entry, _ := e.(map[string]any)
			if name, _ := entry["name"].(string); strings.HasPrefix(name, tokenVolume+"-") {
				entry["name"] = tokenVolume
			}
		}
	}
	rename(spec["volumes"])
	for _, c := range containers(spec) {
		rename(c["volumeMounts"])
	}
}

func containers(spec map[string]any) []map[string]any {
	var all []map[string]any
	for _, name := range []string{"initContainers", "containers", "ephemeralContainers"} {
		list, _ := spec[name].([]any)
		for _, c := range list {
			if c, ok := c.(map[string]any); ok {
				all = append(all, c)
			}
		}
	}
	return all
}

// outdated reports whether a pod began before what it is configured by was written: a program reads
// its files when it starts, and a token is good for one account only.
func (inv *inventory) outdated(pod *item) bool {
	born := pod.obj.GetCreationTimestamp().Time
	namespace := pod.obj.GetNamespace()
	account, _, _ := unstructured.NestedString(pod.obj.Object, "spec", "serviceAccountName")
	if a := inv.get("serviceaccounts", namespace, account); a != nil && a.obj.GetCreationTimestamp().After(born) {
		return true
	}
	return slices.ContainsFunc(sources(nested(pod.obj.Object, "spec")), func(s source) bool {
		it := inv.get(s.resource, namespace, s.name)
		return it != nil && written(it.obj).After(born)
	})
}

// A source is an object that a pod has files or variables from.
type source struct{ resource, name string }

// rootCA is the same in every namespace and read by everything.
const rootCA = "kube-root-ca.crt"

func sources(spec map[string]any) []source {
	var found []source
	add := func(resource string, from map[string]any, field string) {
		if name, _ := from[field].(string); name != "" && name != rootCA {
			found = append(found, source{resource, name})
		}
	}
	volumes, _ := spec["volumes"].([]any)
	for _, v := range volumes {
		volume, _ := v.(map[string]any)
		add("configmaps", nested(volume, "configMap"), "name")
		add("secrets", nested(volume, "secret"), "secretName")
		projected, _ := nested(volume, "projected")["sources"].([]any)
		for _, p := range projected {
			part, _ := p.(map[string]any)
			add("configmaps", nested(part, "configMap"), "name")
			add("secrets", nested(part, "secret"), "name")
		}
	}
	for _, c := range containers(spec) {
		list, _ := c["envFrom"].([]any)
		for _, e := range list {
			from, _ := e.(map[string]any)
			add("configmaps", nested(from, "configMapRef"), "name")
			add("secrets", nested(from, "secretRef"), "name")
		}
		list, _ = c["env"].([]any)
		for _, e := range list {
			variable, _ := e.(map[string]any)
			add("configmaps", nested(variable, "valueFrom", "configMapKeyRef"), "name")
			add("secrets", nested(variable, "valueFrom", "secretKeyRef"), "name")
		}
	}
	return found
}

// written returns when an object was last written, to the second.
func written(obj *unstructured.Unstructured) time.Time {
	last := obj.GetCreationTimestamp().Time
	for _, f := range obj.GetManagedFields() {
		if f.Time != nil && f.Time.After(last) {
			last = f.Time.Time
		}
	}
	return last
}

// unsettled names something that is not yet as it will be, or nothing.
func (inv *inventory) unsettled() string {
	for _, it := range inv.items {
		if it.auto {
			continue
		}
		if c := condition(it); c == notReady && !passing[it.root().resource.id()] || c == ending || it.orphan || !available(it) {
			return inv.object(it, nil).String()
		}
	}
	return ""
}

// available compares what a workload's controller has done with what it was asked for.
func available(it *item) bool {
	number := func(path ...string) int64 {
		n, _, _ := unstructured.NestedInt64(it.obj.Object, path...)
		return n
	}
	seen := number("status", "observedGeneration") >= it.obj.GetGeneration()
	switch it.resource.id() {
	case "deployments.apps":
		want := number("spec", "replicas")
		return seen && number("status", "updatedReplicas") == want && number("status", "availableReplicas") == want
	case "daemonsets.apps":
		want := number("status", "desiredNumberScheduled")
		return seen && number("status", "updatedNumberScheduled") == want && number("status", "numberAvailable") == want
	case "statefulsets.apps", "replicasets.apps":
		return seen && number("status", "readyReplicas") == number("spec", "replicas")
	}
	return true
}
