package main

import (
	"cmp"
	"fmt"
	"io/fs"
	"net"
	"strconv"
	"strings"
)

// A resolvConf is /etc/resolv.conf as resolv.conf(5) describes it.
type resolvConf struct {
	servers []string
	search  []string
	ndots   int
}

func readResolvConf(fsys fs.FS) (resolvConf, error) {
	text, err := fs.ReadFile(fsys, "etc/resolv.conf")
	if err != nil {
		return resolvConf{}, fmt.Errorf("read resolver configuration: %w", err)
	}
	conf := resolvConf{ndots: 1}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		switch fields[0] {
		case "nameserver":
			conf.servers = append(conf.servers, fields[1])
		case "search":
			conf.search = fields[1:] // the last one counts
		case "options":
			conf.options(fields[1:])
		}
	}
	return conf, nil
}

func (r *resolvConf) options(options []string) {
	for _, o := range options {
		if text, ok := strings.CutPrefix(o, "ndots:"); ok {
			r.ndots, _ = strconv.Atoi(text)
		}
	}
}

// candidates are the names to ask for, in order: a name with a dot at its end as it is, one with
// fewer dots than ndots first with each domain of the search list, any other first as it is.
func (r resolvConf) candidates(name string) []string {
	if strings.HasSuffix(name, ".") {
		return []string{name}
	}
	var searched []string
	for _, domain := range r.search {
		searched = append(searched, name+"."+strings.TrimSuffix(domain, ".")+".")
	}
	if strings.Count(name, ".") >= r.ndots {
		return append([]string{name + "."}, searched...)
	}
	return append(searched, name+".")
}

// server is the address of the server to ask.
func (r resolvConf) server(given string) (string, error) {
	if given == "" && len(r.servers) == 0 {
		return "", usagef("/etc/resolv.conf names no server: give one with --server")
	}
	address := given
	if address == "" {
		address = r.servers[0]
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	return net.JoinHostPort(host, cmp.Or(port, "53")), nil
}
