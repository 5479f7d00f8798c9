package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// Compile returns what node must enforce on its pods of a family.
func Compile(c Cluster, node string, family Family) (Rules, []Problem) {
	k := &compiler{Cluster: c, family: family, rules: Rules{
		Ingress: map[netip.Addr]string{}, Egress: map[netip.Addr]string{},
		Chains: map[string]Chain{}, Sets: map[string]Set{},
	}}
	byNamespace := k.prepare()
	for _, pod := range c.Pods {
		if pod.Node != node {
			continue
		}
		k.isolate(pod, byNamespace[pod.Namespace])
	}
	return k.rules, k.problems
}

// A compiler is one run of Compile.
type compiler struct {
	Cluster
	family   Family
	rules    Rules
	problems []Problem
}

// A prepared policy has its selector parsed and its directions decided.
type prepared struct {
	*networkingv1.NetworkPolicy
	name            string
	selects         labels.Selector
	ingress, egress bool
}

// prepare returns the policies of each namespace in the order of their names.
func (k *compiler) prepare() map[string][]prepared {
	sorted := slices.SortedFunc(slices.Values(k.Policies), func(a, b *networkingv1.NetworkPolicy) int {
		return strings.Compare(a.Name, b.Name)
	})
	out := map[string][]prepared{}
	for _, p := range sorted {
		pr := prepared{NetworkPolicy: p, name: p.Namespace + "/" + p.Name, selects: k.selector(p, &p.Spec.PodSelector)}
		pr.ingress, pr.egress = directions(p.Spec)
		out[p.Namespace] = append(out[p.Namespace], pr)
	}
	return out
}

// directions are those of policyTypes; without any, a policy is for ingress, and for egress too when
// it has rules for it.
func directions(s networkingv1.NetworkPolicySpec) (ingress, egress bool) {
	if len(s.PolicyTypes) == 0 {
		return true, len(s.Egress) > 0
	}
	return slices.Contains(s.PolicyTypes, networkingv1.PolicyTypeIngress), slices.Contains(s.PolicyTypes, networkingv1.PolicyTypeEgress)
}

// selector parses s. The API server lets no other selectors in than those that parse.
func (k *compiler) selector(p *networkingv1.NetworkPolicy, s *metav1.LabelSelector) labels.Selector {
	parsed, err := metav1.LabelSelectorAsSelector(s)
	if err != nil {
		k.problem(p, "BadSelector", "a selector that does not parse selects nothing: "+err.Error())
		return labels.Nothing()
	}
	return parsed
}

// isolate compiles the policies that select the pod.
func (k *compiler) isolate(pod Pod, policies []prepared) {
	policies = slices.DeleteFunc(slices.Clone(policies), func(p prepared) bool { return !p.selects.Matches(pod.Labels) })
	if pod.HostNetwork {
		for _, p := range policies {
			k.problem(p.NetworkPolicy, "HostNetwork", fmt.Sprintf("pod %s uses the network of its node, where policies do not apply", pod.Name))
		}
		return
	}
	ip, ok := pod.ip(k.family)
	if !ok {
		return
	}
	var in, out Chain
	var isIn, isOut bool
	for _, p := range policies {
		if p.ingress {
			isIn = true
			in = append(in, k.ingress(p, pod)...)
		}
		if p.egress {
			isOut = true
			out = append(out, k.egress(p)...)
		}
	}
	if isIn {
		k.rules.Ingress[ip] = k.chain("ingress", in)
	}
	if isOut {
		k.rules.Egress[ip] = k.chain("egress", out)
	}
}

// chain stores c under a name that tells its content.
func (k *compiler) chain(direction string, c Chain) string {
	name := direction + "-" + digest(c)
	k.rules.Chains[name] = c
	return name
}

func (k *compiler) problem(p *networkingv1.NetworkPolicy, reason, message string) {
	known := slices.ContainsFunc(k.problems, func(o Problem) bool {
		return o.Policy == p && o.Reason == reason && o.Message == message
	})
	if !known {
		k.problems = append(k.problems, Problem{p, reason, message})
	}
}

// digest tells values apart. All that it is given is made of texts and numbers, which marshal.
func digest(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:6])
}
