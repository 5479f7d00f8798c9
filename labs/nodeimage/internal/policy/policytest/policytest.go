// Package policytest reads scenarios: a cluster, its policies, and who then reaches whom. The same
// scenario is judged twice, by the compiled rules and by a kernel that was given them.
//
// A scenario is a txtar file with three parts:
//
//	-- cluster --
//	namespace shop team=sales
//	pod a shop/web app=web             on node a, with a label
//	pod b shop/db app=db sql=5432/TCP  a port with a name
//	pod a shop/agent host              with the node's network
//	-- policies --
//	(NetworkPolicies, YAML documents)
//	-- expect --
//	shop/web -> shop/db 5432/TCP yes
//	outside -> shop/db 5432/TCP no
//	a -> shop/db 5432/TCP yes          from a node
//
// Pods get addresses in order, from 10.1.0.11 on node a and 10.2.0.11 on node b; the nodes are
// 192.168.50.1 and 192.168.50.2; outside, beyond both, are outside, 203.0.113.7, and far, 198.51.100.9.
// A pod that is named in no line of the cluster does not exist. 0/ICMP is an echo request.
package policytest

import (
	"fmt"
	"io/fs"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/policy"
	"golang.org/x/tools/txtar"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/yaml"
)

// A Scenario is a file, read.
type Scenario struct {
	Title   string
	Cluster policy.Cluster
	Expect  []Flow
}

// A Flow is an attempt of one place to reach another, and whether it gets there.
type Flow struct {
	Line     string // as written
	From, To string // a pod, a node, outside or far
	Protocol corev1.Protocol
	Port     uint16
	Yes      bool
}

// Places that are no pods.
var Places = map[string]netip.Addr{
	"a":       netip.MustParseAddr("192.168.50.1"),
	"b":       netip.MustParseAddr("192.168.50.2"),
	"outside": netip.MustParseAddr("203.0.113.7"),
	"far":     netip.MustParseAddr("198.51.100.9"),
}

// Ranges are the pod ranges of the nodes.
var Ranges = map[string]netip.Prefix{
	"a": netip.MustParsePrefix("10.1.0.0/24"),
	"b": netip.MustParsePrefix("10.2.0.0/24"),
}

// Load reads all scenarios of a folder, in the order of their names.
func Load(fsys fs.FS) ([]Scenario, error) {
	names, err := fs.Glob(fsys, "*.txtar")
	if err != nil {
		return nil, err
	}
	var out []Scenario
	for _, name := range names {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		s, err := Parse(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		s.Title = strings.TrimSuffix(name, ".txtar")
		out = append(out, s)
	}
	return out, nil
}

// Parse reads a scenario.
func Parse(data []byte) (Scenario, error) {
	s := Scenario{Cluster: policy.Cluster{Namespaces: map[string]labels.Set{}}}
	for _, f := range txtar.Parse(data).Files {
		var err error
		switch f.Name {
		case "cluster":
			err = eachLine(f.Data, s.addObject)
		case "policies":
			err = s.addPolicies(f.Data)
		case "expect":
			err = eachLine(f.Data, s.addFlow)
		default:
			err = fmt.Errorf("no such part")
		}
		if err != nil {
			return s, fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return s, nil
}

func eachLine(data []byte, do func(fields []string) error) error {
	for line := range strings.Lines(string(data)) {
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		if err := do(fields); err != nil {
			return fmt.Errorf("%q: %w", strings.TrimSpace(line), err)
		}
	}
	return nil
}

func (s *Scenario) addObject(fields []string) error {
	switch {
	case fields[0] == "namespace" && len(fields) > 1:
		set := labels.Set{"kubernetes.io/metadata.name": fields[1]}
		for _, f := range fields[2:] {
			k, v, _ := strings.Cut(f, "=")
			set[k] = v
		}
		s.Cluster.Namespaces[fields[1]] = set
		return nil
	case fields[0] == "pod" && len(fields) > 2:
		return s.addPod(fields[1], fields[2], fields[3:])
	}
	return fmt.Errorf("want: namespace NAME LABELS or pod NODE NAMESPACE/NAME LABELS PORTS")
}

func (s *Scenario) addPod(node, name string, attributes []string) error {
	p := policy.Pod{Node: node, Labels: labels.Set{}}
	p.Namespace, p.Name, _ = strings.Cut(name, "/")
	for _, attribute := range attributes {
		k, v, _ := strings.Cut(attribute, "=")
		switch number, protocol, isPort := strings.Cut(v, "/"); {
		case attribute == "host":
			p.HostNetwork = true
		case isPort:
			n, err := strconv.ParseUint(number, 10, 16)
			if err != nil {
				return err
			}
			p.Ports = append(p.Ports, policy.NamedPort{Name: k, Port: uint16(n), Protocol: corev1.Protocol(protocol)})
		default:
			p.Labels[k] = v
		}
	}
	p.IPs = []netip.Addr{s.nextIP(node)}
	if p.HostNetwork {
		p.IPs = []netip.Addr{Places[node]}
	}
	s.Cluster.Pods = append(s.Cluster.Pods, p)
	return nil
}

func (s *Scenario) nextIP(node string) netip.Addr {
	ip := Ranges[node].Addr()
	for range 11 {
		ip = ip.Next()
	}
	for _, p := range s.Cluster.Pods {
		if p.Node == node && !p.HostNetwork {
			ip = ip.Next()
		}
	}
	return ip
}

func (s *Scenario) addPolicies(data []byte) error {
	for doc := range strings.SplitSeq(string(data), "\n---\n") {
		if strings.TrimSpace(doc) == "" {
			continue
		}
		var p networkingv1.NetworkPolicy
		if err := yaml.UnmarshalStrict([]byte(doc), &p); err != nil {
			return err
		}
		s.Cluster.Policies = append(s.Cluster.Policies, &p)
	}
	return nil
}

func (s *Scenario) addFlow(fields []string) error {
	if len(fields) != 5 || fields[1] != "->" || fields[4] != "yes" && fields[4] != "no" {
		return fmt.Errorf("want: FROM -> TO PORT/PROTOCOL yes|no")
	}
	number, protocol, _ := strings.Cut(fields[3], "/")
	port, err := strconv.ParseUint(number, 10, 16)
	if err != nil {
		return err
	}
	for _, place := range []string{fields[0], fields[2]} {
		if !s.Addr(place).IsValid() {
			return fmt.Errorf("no such place: %s", place)
		}
	}
	s.Expect = append(s.Expect, Flow{
		Line: strings.Join(fields, " "), From: fields[0], To: fields[2],
		Protocol: corev1.Protocol(protocol), Port: uint16(port), Yes: fields[4] == "yes",
	})
	return nil
}

// Pod returns a pod by its namespace/name.
func (s *Scenario) Pod(name string) (policy.Pod, bool) {
	i := slices.IndexFunc(s.Cluster.Pods, func(p policy.Pod) bool { return p.Namespace+"/"+p.Name == name })
	if i < 0 {
		return policy.Pod{}, false
	}
	return s.Cluster.Pods[i], true
}

// Addr returns the address of a place; an invalid one when there is no such place.
func (s *Scenario) Addr(place string) netip.Addr {
	if p, ok := s.Pod(place); ok {
		return p.IPs[0]
	}
	return Places[place]
}

// Node returns the node of a pod, a node itself, or nothing.
func (s *Scenario) Node(place string) string {
	if p, ok := s.Pod(place); ok {
		return p.Node
	}
	if _, ok := Ranges[place]; ok {
		return place
	}
	return ""
}
