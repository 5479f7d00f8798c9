package nodefiles

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// manifests is the folder whose files the kubelet runs as pods.
const manifests = "/etc/kubernetes/manifests"

// static is a pod that a manifest on the node makes.
type static struct {
	name     string
	manifest string // path
	text     string
	uid      string // that it has when it comes from this manifest; may be unknown
	url      string // that answers when it is healthy; may be empty
	other    bool   // the node had another manifest, or none
}

// staticPod returns the static pod of a kept file, or nil when the file is no manifest.
func staticPod(name string, b *baseline) (*static, error) {
	if path.Dir(name) != manifests || path.Ext(name) != ".yaml" {
		return nil, nil
	}
	data := b.archive[name].data
	pod := corev1.Pod{}
	if err := yaml.Unmarshal(data, &pod); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	s := &static{name: pod.Name, manifest: name, text: string(data), url: healthURL(pod)}
	if !b.moved {
		s.uid = b.kept.Static[pod.Name].UID
	}
	return s, nil
}

// healthURL returns what the first probe of a pod asks for.
func healthURL(pod corev1.Pod) string {
	for _, c := range pod.Spec.Containers {
		for _, probe := range []*corev1.Probe{c.StartupProbe, c.ReadinessProbe, c.LivenessProbe} {
			if probe == nil || probe.HTTPGet == nil {
				continue
			}
			get := probe.HTTPGet
			return fmt.Sprintf("%s://%s:%d%s", strings.ToLower(string(get.Scheme)), get.Host, port(c, get.Port.String()), get.Path)
		}
	}
	return ""
}

// port returns the number of a port that may be told by its name.
func port(c corev1.Container, named string) int32 {
	for _, p := range c.Ports {
		if p.Name == named {
			return p.ContainerPort
		}
	}
	n := int32(0)
	_, _ = fmt.Sscan(named, &n) // a name that is unknown has no number
	return n
}

// reads reports whether the pod depends on a file: its manifest, or one that the manifest names, or
// keys in a folder of which it names one.
func (s *static) reads(file string) bool {
	switch {
	case file == s.manifest:
		return true
	case path.Dir(file) == "/etc/kubernetes":
		return strings.Contains(s.text, file)
	}
	return strings.HasPrefix(file, "/etc/kubernetes/pki/") && strings.Contains(s.text, strings.TrimSuffix(file, path.Ext(file))+".")
}

// statics returns the static pods that depend on files that were put back or removed.
func (b *baseline) statics(d difference) ([]*static, error) {
	var found []*static
	touched := d.paths()
	for _, name := range slices.Sorted(maps.Keys(b.archive)) {
		s, err := staticPod(name, b)
		if err != nil {
			return nil, err
		}
		if s != nil && slices.ContainsFunc(touched, s.reads) {
			s.other = slices.Contains(touched, name)
			found = append(found, s)
		}
	}
	return found, nil
}

// end ends static pods that run from another manifest, or have been started while their files were
// others. It reports whether the kubelet has to be restarted, too, so that it starts a pod again
// without the delay that it puts between restarts.
func (n *node) end(ctx context.Context, b *baseline, pods []*static) (delayed bool, err error) {
	if len(pods) == 0 {
		return false, nil
	}
	now, err := n.staticPods(ctx)
	if err != nil {
		return false, err
	}
	var names []string
	for _, s := range pods {
		restarted := now[s.name].Processes != b.kept.Static[s.name].Processes
		if s.other || restarted {
			names = append(names, s.name)
		}
		delayed = delayed || !s.other && restarted
	}
	_, err = n.sh(ctx, scriptEnd, nil, names...)
	return delayed, err
}

// scriptEnd gives no grace: a component that is told to end may take half a minute for that.
const scriptEnd = functions + `
for name; do
	for d in $(logs $name); do
		p=$(processes ${d##*_})
		[ -z "$p" ] || kill -KILL $p 2>/dev/null
	done
done
exit 0`

// scriptAwait waits until a pod has a process and answers.
const scriptAwait = functions + `
until [ -z "$1" ] || [ -n "$(processes $1)" ]; do sleep 0.2; done
until [ -z "$2" ] || curl -skf -o /dev/null -m 2 "$2"; do sleep 0.2; done`

// await returns when static pods are up.
func (n *node) await(ctx context.Context, pods []*static) error {
	for _, s := range pods {
		if _, err := n.sh(ctx, scriptAwait, nil, s.uid, s.url); err != nil {
			return fmt.Errorf("wait for static pod %s: %w", s.name, err)
		}
	}
	return nil
}
