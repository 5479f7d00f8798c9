package snapshot

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	utiljson "k8s.io/apimachinery/pkg/util/json"
)

// unlisted are resources that no state holds and that may be large.
var unlisted = map[string]bool{"events": true, "events.events.k8s.io": true}

// automatic reports whether a cluster makes and keeps an object by itself, so that it is no part of
// the state.
func automatic(it *item, inv *inventory) bool {
	obj, labels := it.obj, it.obj.GetLabels()
	switch it.resource.id() {
	case "ipaddresses.networking.k8s.io":
		return true
	case "leases.coordination.k8s.io": // of nodes, components and API servers
		return obj.GetNamespace() == "kube-system" || obj.GetNamespace() == "kube-node-lease"
	case "endpointslices.discovery.k8s.io":
		return strings.HasSuffix(labels["endpointslice.kubernetes.io/managed-by"], ".k8s.io") || isKubernetes(obj)
	case "endpoints":
		return inv.get("services", obj.GetNamespace(), obj.GetName()) != nil || isKubernetes(obj)
	case "secrets":
		kind, _, _ := unstructured.NestedString(obj.Object, "type")
		return kind == "bootstrap.kubernetes.io/token" || ownedByToken(obj)
	case "pods":
		return obj.GetAnnotations()["kubernetes.io/config.mirror"] != "" // a static pod, which a file makes
	case "apiservices.apiregistration.k8s.io":
		return labels["kube-aggregator.kubernetes.io/automanaged"] == "true" // follows from a definition
	case "certificatesigningrequests.certificates.k8s.io":
		user, _, _ := unstructured.NestedString(obj.Object, "spec", "username")
		return strings.HasPrefix(user, "system:node:") || strings.HasPrefix(user, "system:bootstrap:")
	}
	return false
}

func isKubernetes(obj *unstructured.Unstructured) bool {
	return obj.GetNamespace() == "default" && obj.GetName() == "kubernetes"
}

// ownedByToken tells the certificates that kubeadm uploads for two hours.
func ownedByToken(obj *unstructured.Unstructured) bool {
	return slices.ContainsFunc(ownerRefs(obj.Object), func(ref map[string]any) bool {
		name, _ := ref["name"].(string)
		return strings.HasPrefix(name, "bootstrap-token-")
	})
}

// volatileAnnotations are written by controllers, or only say when or how an object was written.
var volatileAnnotations = []string{
	"control-plane.alpha.kubernetes.io/leader",
	"csi.volume.kubernetes.io/nodeid",
	"deployment.kubernetes.io/revision",
	"deprecated.daemonset.template.generation",
	"endpoints.kubernetes.io/last-change-trigger-time",
	"kubectl.kubernetes.io/last-applied-configuration",
	"node.alpha.kubernetes.io/ttl",
	"volumes.kubernetes.io/controller-managed-attach-detach",
}

// restartedAt is in a pod template only to make it another one.
const restartedAt = "kubectl.kubernetes.io/restartedAt"

// content returns what counts of an object, and changes nothing of it.
func content(it *item) map[string]any {
	obj := it.obj.DeepCopy().Object
	obj["metadata"] = metadata(obj)
	if it.resource.status {
		delete(obj, "status")
	}
	if shape := shapes[it.resource.id()]; shape != nil {
		shape(obj)
	}
	return obj
}

func metadata(obj map[string]any) map[string]any {
	from, _ := obj["metadata"].(map[string]any)
	kept := map[string]any{}
	for _, name := range []string{"name", "namespace", "labels", "annotations", "finalizers"} {
		if v, ok := from[name]; ok {
			kept[name] = v
		}
	}
	if annotations, ok := kept["annotations"].(map[string]any); ok {
		drop(annotations, volatileAnnotations...)
		if len(annotations) == 0 {
			delete(kept, "annotations")
		}
	}
	if refs := ownerRefs(obj); len(refs) > 0 {
		var plain []any
		for _, ref := range refs {
			delete(ref, "uid")
			plain = append(plain, ref)
		}
		kept["ownerReferences"] = plain
	}
	return kept
}

// ownerRefs returns the owner references as they are in obj.
func ownerRefs(obj map[string]any) []map[string]any {
	meta, _ := obj["metadata"].(map[string]any)
	list, _ := meta["ownerReferences"].([]any)
	var refs []map[string]any
	for _, ref := range list {
		if ref, ok := ref.(map[string]any); ok {
			refs = append(refs, ref)
		}
	}
	return refs
}

// shapes takes out of an object of a kind what does not count.
var shapes = map[string]func(obj map[string]any){
	"configmaps":                 shapeConfigMap,
	"daemonsets.apps":            shapeTemplate,
	"deployments.apps":           shapeTemplate,
	"jobs.batch":                 shapeJob,
	"leases.coordination.k8s.io": func(obj map[string]any) { delete(obj, "spec") },
	"namespaces":                 func(obj map[string]any) { delete(obj, "spec") }, // finalizers, which only the server sets
	"nodes":                      shapeNode,
	"persistentvolumes":          shapeVolume,
	"secrets":                    shapeSecret,
	"statefulsets.apps":          shapeTemplate,
}

func shapeTemplate(obj map[string]any) {
	annotations, _ := nested(obj, "spec", "template", "metadata")["annotations"].(map[string]any)
	drop(annotations, restartedAt)
	if len(annotations) == 0 {
		delete(nested(obj, "spec", "template", "metadata"), "annotations")
	}
}

// shapeJob drops the selector and the labels that the server derives from a Job's uid.
func shapeJob(obj map[string]any) {
	spec := nested(obj, "spec")
	if manual, _ := spec["manualSelector"].(bool); manual {
		return
	}
	delete(spec, "selector")
	for _, labels := range []map[string]any{nested(obj, "metadata", "labels"), nested(spec, "template", "metadata", "labels")} {
		drop(labels, "batch.kubernetes.io/controller-uid", "controller-uid", "batch.kubernetes.io/job-name", "job-name")
	}
}

// shapeConfigMap drops the signatures of cluster-info, which come and go with bootstrap tokens.
func shapeConfigMap(obj map[string]any) {
	meta := nested(obj, "metadata")
	if meta["namespace"] == "kube-public" && meta["name"] == "cluster-info" {
		maps.DeleteFunc(nested(obj, "data"), func(name string, _ any) bool { return strings.HasPrefix(name, "jws-kubeconfig-") })
	}
}

// shapeSecret drops a token that is bound to the uid of its account.
func shapeSecret(obj map[string]any) {
	if obj["type"] == "kubernetes.io/service-account-token" {
		delete(obj, "data")
		drop(nested(obj, "metadata", "annotations"), "kubernetes.io/service-account.uid")
		drop(nested(obj, "metadata", "labels"), "kubernetes.io/legacy-token-last-used")
	}
}

// shapeNode leaves labels, annotations, cordon and the taints that people set.
func shapeNode(obj map[string]any) {
	spec := nested(obj, "spec")
	drop(spec, birthOfNode...)
	taints, _ := spec["taints"].([]any)
	taints = slices.DeleteFunc(taints, func(t any) bool {
		taint, _ := t.(map[string]any)
		name, _ := taint["key"].(string)
		return strings.HasPrefix(name, "node.kubernetes.io/") // follows from conditions and cordon
	})
	for _, t := range taints {
		drop(t.(map[string]any), "timeAdded")
	}
	if spec["taints"] = taints; len(taints) == 0 {
		delete(spec, "taints")
	}
}

// birthOfNode are fields that cannot be changed once they are set.
var birthOfNode = []string{"podCIDR", "podCIDRs", "providerID"}

// birth returns what an object gets only when it is made.
func birth(it *item) map[string]any {
	if it.resource.id() != "nodes" {
		return nil
	}
	spec, kept := nested(it.obj.Object, "spec"), map[string]any{}
	for _, name := range birthOfNode {
		if v, ok := spec[name]; ok {
			kept[name] = v
		}
	}
	return map[string]any{"spec": kept}
}

func shapeVolume(obj map[string]any) {
	drop(nested(obj, "spec", "claimRef"), "uid", "resourceVersion")
}

// nested returns the map at a path. Where there is none it returns nil, from which may be deleted.
func nested(obj map[string]any, path ...string) map[string]any {
	for _, name := range path {
		obj, _ = obj[name].(map[string]any)
	}
	return obj
}

func drop(m map[string]any, names ...string) {
	for _, name := range names {
		delete(m, name)
	}
}

// encode returns JSON with sorted keys, so that equal values have equal texts.
func encode(v any) json.RawMessage {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // what came from JSON can go there again
	}
	return data
}

// decode returns the value as client-go wants it, with whole numbers as int64.
func decode(data json.RawMessage) map[string]any {
	var m map[string]any
	if err := utiljson.Unmarshal(data, &m); err != nil {
		return nil
	}
	return m
}

func equalJSON(a, b any) bool { return string(encode(a)) == string(encode(b)) }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
