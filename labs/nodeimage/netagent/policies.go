package main

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/isolate"
	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/kube"
	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/loop"
	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/nft"
	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/policy"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/tools/cache"
)

// Policies is what the agent does about NetworkPolicies.
type policies struct {
	node                       string
	client                     *kube.Client
	policies, namespaces, pods cache.SharedIndexInformer
	synced                     chan struct{} // closed when all three are

	mu     sync.Mutex // guards the rest, and makes rounds one at a time
	tables map[policy.Family]*nft.Policy
	told   map[told]bool
	early  map[string]isolate.Pod // by UID: pods whose addresses the API server does not know yet
}

// Told is a problem that an Event has been recorded for.
type told struct{ uid, message string }

func newPolicies(s settings, client *kube.Client) *policies {
	return &policies{
		node:       s.node,
		client:     client,
		policies:   client.Informer(kube.NetworkPolicies, slimPolicy),
		namespaces: client.Informer(kube.Namespaces, slimNamespace),
		pods:       client.Informer(kube.Pods, slimPod),
		synced:     make(chan struct{}),
		tables:     map[policy.Family]*nft.Policy{},
		told:       map[told]bool{},
		early:      map[string]isolate.Pod{},
	}
}

// run enforces policies on pods of the families of the node's pod ranges. Until the first lists are
// complete, the rules of the agent before this one stay.
func (p *policies) run(ctx context.Context, local []netip.Prefix) error {
	for _, r := range local {
		family := policy.Family(r.Addr().Is6())
		table, err := nft.NewPolicy(family)
		if err != nil {
			return err
		}
		p.tables[family] = table
	}
	trigger := loop.NewTrigger()
	if err := kube.Notify(trigger.Pull, p.policies, p.namespaces, p.pods); err != nil {
		return err
	}
	if err := kube.Run(ctx, p.policies, p.namespaces, p.pods); err != nil {
		return err
	}
	close(p.synced)
	return trigger.Loop(ctx, p.reconcile)
}

// isolate returns when policies are enforced on a pod that is about to start. Its object must be
// known for that: the kubelet may have heard of it a moment earlier.
func (p *policies) isolate(ctx context.Context, pod isolate.Pod) error {
	select {
	case <-p.synced:
	case <-ctx.Done():
		return errors.New("the agent has no list of policies and pods yet")
	}
	uid, err := p.find(ctx, pod)
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.early[uid] = pod
	p.mu.Unlock()
	return p.reconcile(ctx)
}

// How long, which is shorter than the plugin waits, and how often a pod is looked for.
const (
	findFor   = 15 * time.Second
	findEvery = 10 * time.Millisecond
)

// find waits for the object of a pod and returns its UID in the API.
func (p *policies) find(ctx context.Context, pod isolate.Pod) (string, error) {
	for end := time.Now().Add(findFor); ; {
		item, found, _ := p.pods.GetStore().GetByKey(pod.Namespace + "/" + pod.Name)
		// The kubelet calls a pod from a file by another UID than the API server does.
		if o, ok := item.(*corev1.Pod); found && ok && (string(o.UID) == pod.UID || o.Annotations[configHash] == pod.UID) {
			return string(o.UID), nil
		}
		if time.Now().After(end) {
			return "", errors.New("the API server has not told the agent of this pod yet")
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(findEvery):
		}
	}
}

func (p *policies) reconcile(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	begin := time.Now()
	cluster := p.cluster()
	var errs []error
	for family, table := range p.tables {
		rules, problems := policy.Compile(cluster, p.node, family)
		operations, err := table.Apply(ctx, rules)
		if operations > 0 {
			slog.Info("policy rules changed", "operations", operations, "policies", len(cluster.Policies),
				"isolated", len(rules.Ingress)+len(rules.Egress), "took", time.Since(begin).Round(time.Millisecond))
		}
		errs = append(errs, err, p.tell(ctx, problems))
	}
	return errors.Join(errs...)
}

// tell records Events about what cannot be enforced, once for each.
func (p *policies) tell(ctx context.Context, problems []policy.Problem) error {
	var errs []error
	now := map[told]bool{}
	for _, problem := range problems {
		id := told{string(problem.Policy.UID), problem.Message}
		now[id] = true
		if p.told[id] {
			continue
		}
		about := problem.Policy
		slog.Warn("cannot be enforced", "policy", about.Namespace+"/"+about.Name, "cause", problem.Message)
		err := p.client.Emit(ctx, "netagent", p.node, kube.Report{
			About: corev1.ObjectReference{
				APIVersion: "networking.k8s.io/v1", Kind: "NetworkPolicy",
				Namespace: about.Namespace, Name: about.Name, UID: about.UID,
			},
			Type: corev1.EventTypeWarning, Reason: problem.Reason, Message: problem.Message,
		})
		if err != nil {
			delete(now, id)
			errs = append(errs, err)
		}
	}
	p.told = now
	return errors.Join(errs...)
}

func (p *policies) cluster() policy.Cluster {
	c := policy.Cluster{
		Policies:   kube.List[*networkingv1.NetworkPolicy](p.policies),
		Namespaces: map[string]labels.Set{},
	}
	pods := kube.List[*corev1.Pod](p.pods)
	p.forgetEarly(pods)
	for _, ns := range kube.List[*corev1.Namespace](p.namespaces) {
		c.Namespaces[ns.Name] = ns.Labels
	}
	if len(c.Policies) == 0 {
		return c // nobody is isolated, whatever pods there are
	}
	for _, pod := range pods {
		if pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed {
			continue
		}
		one := toPod(pod)
		if early, ok := p.early[string(pod.UID)]; ok {
			one.IPs = early.IPs
		}
		c.Pods = append(c.Pods, one)
	}
	return c
}

// forgetEarly drops what the plugin said of pods that are gone or whose objects say the same by now.
func (p *policies) forgetEarly(pods []*corev1.Pod) {
	waiting := map[string]isolate.Pod{}
	for _, pod := range pods {
		early, ok := p.early[string(pod.UID)]
		if ok && !slices.Equal(early.IPs, toPod(pod).IPs) {
			waiting[string(pod.UID)] = early
		}
	}
	p.early = waiting
}

func toPod(pod *corev1.Pod) policy.Pod {
	p := policy.Pod{
		Namespace: pod.Namespace, Name: pod.Name, Labels: pod.Labels,
		Node: pod.Spec.NodeName, HostNetwork: pod.Spec.HostNetwork,
	}
	for _, ip := range pod.Status.PodIPs {
		if addr, err := netip.ParseAddr(ip.IP); err == nil {
			p.IPs = append(p.IPs, addr)
		}
	}
	for _, c := range append(pod.Spec.InitContainers, pod.Spec.Containers...) {
		for _, port := range c.Ports {
			p.Ports = append(p.Ports, policy.NamedPort{Name: port.Name, Protocol: port.Protocol, Port: uint16(port.ContainerPort)})
		}
	}
	return p
}
