package policy

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Ports are the ports of a rule: all, or some of some protocols. A protocol with no ranges stands
// for all of its ports.
type ports struct {
	all bool
	of  map[corev1.Protocol][]PortRange
}

// resolve reads the ports of a rule, with names as pod has them. A name that it has not stands for
// no port.
func resolve(list []networkingv1.NetworkPolicyPort, pod Pod) ports {
	if len(list) == 0 {
		return ports{all: true}
	}
	out := ports{of: map[corev1.Protocol][]PortRange{}}
	whole := map[corev1.Protocol]bool{}
	for _, p := range list {
		protocol := corev1.ProtocolTCP
		if p.Protocol != nil {
			protocol = *p.Protocol
		}
		if p.Port == nil {
			whole[protocol] = true
			continue
		}
		out.of[protocol] = append(out.of[protocol], portRanges(p, protocol, pod)...)
	}
	for protocol, ranges := range out.of {
		if out.of[protocol] = mergePorts(ranges); len(ranges) == 0 {
			delete(out.of, protocol)
		}
	}
	for protocol := range whole {
		out.of[protocol] = nil
	}
	return out
}

func portRanges(p networkingv1.NetworkPolicyPort, protocol corev1.Protocol, pod Pod) []PortRange {
	if p.Port.Type == intstr.Int {
		first := uint16(p.Port.IntVal)
		if p.EndPort != nil {
			return []PortRange{{first, uint16(*p.EndPort)}}
		}
		return []PortRange{{first, first}}
	}
	var out []PortRange
	for _, port := range pod.Ports {
		if port.Name == p.Port.StrVal && port.Protocol == protocol {
			out = append(out, PortRange{port.Port, port.Port})
		}
	}
	return out
}

// at returns the match for these ports: one for each protocol.
func (m Match) at(p ports) []Match {
	if p.all {
		return []Match{m}
	}
	var out []Match
	for _, protocol := range []corev1.Protocol{corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP} {
		if ranges, ok := p.of[protocol]; ok {
			m.Protocol, m.Ports = protocol, ranges
			out = append(out, m)
		}
	}
	return out
}

// mergePorts returns the same ports in ranges that are apart and in order.
func mergePorts(ranges []PortRange) []PortRange {
	slices.SortFunc(ranges, func(a, b PortRange) int { return cmp.Compare(a.First, b.First) })
	var out []PortRange
	for _, r := range ranges {
		if n := len(out); n > 0 && int(r.First) <= int(out[n-1].Last)+1 {
			out[n-1].Last = max(out[n-1].Last, r.Last)
		} else {
			out = append(out, r)
		}
	}
	return out
}
