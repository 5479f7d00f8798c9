package main

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/net/dns/dnsmessage"
)

const resolv = `# of a pod
nameserver %s
search demo.svc.cluster.local svc.cluster.local cluster.local
options ndots:5 edns0
`

func TestCandidates(t *testing.T) {
	conf, err := readResolvConf(fstest.MapFS{"etc/resolv.conf": {Data: fmt.Appendf(nil, resolv, "10.96.0.10")}})
	if err != nil {
		t.Fatal(err)
	}
	searched := func(name string) []string {
		return []string{name + ".demo.svc.cluster.local.", name + ".svc.cluster.local.", name + ".cluster.local."}
	}
	tests := []struct {
		name string
		want []string
	}{
		{"web", append(searched("web"), "web.")},
		{"web.shop.svc.cluster.local", append(searched("web.shop.svc.cluster.local"), "web.shop.svc.cluster.local.")},
		{"a.b.c.d.e.f", append([]string{"a.b.c.d.e.f."}, searched("a.b.c.d.e.f")...)},
		{"web.shop.", []string{"web.shop."}},
	}
	for _, tt := range tests {
		if got := conf.candidates(tt.name); !slices.Equal(got, tt.want) {
			t.Errorf("candidates(%q) = %q", tt.name, got)
		}
	}
	if server, err := conf.server(""); server != "10.96.0.10:53" || err != nil {
		t.Errorf("server = %s, %v", server, err)
	}
	if server, _ := conf.server("127.0.0.1:5353"); server != "127.0.0.1:5353" {
		t.Errorf("server = %s", server)
	}
}

// zone answers DNS queries from a table of name and type to records; other names do not exist.
func zone(t *testing.T, table map[string][]dnsmessage.ResourceBody) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		buf := make([]byte, 512)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			reply, err := answerQuery(buf[:n], table)
			if err == nil {
				_, err = conn.WriteTo(reply, from)
			}
			if err != nil {
				t.Error(err)
			}
		}
	}()
	return conn.LocalAddr().String()
}

func answerQuery(query []byte, table map[string][]dnsmessage.ResourceBody) ([]byte, error) {
	var msg dnsmessage.Message
	if err := msg.Unpack(query); err != nil {
		return nil, err
	}
	q := msg.Questions[0]
	msg.Response = true
	bodies, ok := table[q.Name.String()+" "+strings.TrimPrefix(q.Type.String(), "Type")]
	if !ok {
		msg.RCode = dnsmessage.RCodeNameError
	}
	for _, body := range bodies {
		msg.Answers = append(msg.Answers, dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 30}, Body: body})
	}
	return msg.Pack()
}

func TestLookup(t *testing.T) {
	server := zone(t, map[string][]dnsmessage.ResourceBody{
		"web.demo.svc.cluster.local. A":         {&dnsmessage.AResource{A: [4]byte{10, 96, 1, 2}}},
		"web.demo.svc.cluster.local. AAAA":      {},
		"far.demo.svc.cluster.local. A":         {&dnsmessage.CNAMEResource{CNAME: dnsmessage.MustNewName("db.example.test.")}},
		"far.demo.svc.cluster.local. AAAA":      {&dnsmessage.CNAMEResource{CNAME: dnsmessage.MustNewName("db.example.test.")}},
		"_http._tcp.web.svc.cluster.local. SRV": {&dnsmessage.SRVResource{Weight: 50, Port: 80, Target: dnsmessage.MustNewName("web.demo.svc.cluster.local.")}},
		"v6.demo.svc.cluster.local. AAAA":       {&dnsmessage.AAAAResource{AAAA: [16]byte{15: 1}}},
		"note.demo.svc.cluster.local. TXT":      {&dnsmessage.TXTResource{TXT: []string{"a", "b"}}},
	})
	head := "server " + server + "\nsearch demo.svc.cluster.local svc.cluster.local cluster.local\nndots 5\n"
	tests := []struct {
		line   string
		code   int
		stdout string
	}{
		{"web", 0, head + "query web.demo.svc.cluster.local. A NOERROR, 1 record\nquery web.demo.svc.cluster.local. AAAA NOERROR, no record\n" +
			"web.demo.svc.cluster.local. 30 A 10.96.1.2\n"},
		{"web --short", 0, "10.96.1.2\n"},
		{"far --short", 0, "db.example.test.\n"},
		{"_http._tcp.web --type SRV", 0, head + "query _http._tcp.web.demo.svc.cluster.local. SRV NXDOMAIN, no record\n" +
			"query _http._tcp.web.svc.cluster.local. SRV NOERROR, 1 record\n_http._tcp.web.svc.cluster.local. 30 SRV 0 50 80 web.demo.svc.cluster.local.\n"},
		{"v6 --type AAAA --short", 0, "::1\n"},
		{"note --type txt --short", 0, "a b\n"},
		{"gone. --type A", 3, head + "query gone. A NXDOMAIN, no record\n"},
		{"web --type MX", 2, head},
		{"web --server 127.0.0.1:1 --timeout 100ms --short", 5, ""},
	}
	for _, tt := range tests {
		t.Run(tt.line, func(t *testing.T) {
			files := fstest.MapFS{"etc/resolv.conf": {Data: fmt.Appendf(nil, resolv, "192.0.2.1")}}
			argv := append([]string{"lookup", "--server", server}, strings.Fields(tt.line)...)
			code, out, errs := setting{files: files}.invoke(t.Context(), argv...)
			if code != tt.code || out != tt.stdout {
				t.Errorf("exit code %d, prints\n%s%s", code, out, errs)
			}
		})
	}
}
