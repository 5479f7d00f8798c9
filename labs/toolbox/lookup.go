package main

import (
	"context"
	"flag"
	"fmt"
	"strings"
	"time"
)

func lookupCommand() command {
	return command{
		name: "lookup", args: "NAME", min: 1, short: "looks a name up in DNS and shows every query on the way",
		long: "Goes by `/etc/resolv.conf`, of which it prints the server, the search list and ndots, then a line for each query,\n" +
			"with what came of it, such as `query web.demo.svc.cluster.local. A NXDOMAIN, no record`, and at last the records of the first\n" +
			"name that has any: name, time to live, type, data. `/etc/hosts` is not looked at.\n\n" +
			"Exit codes: 0 found, 2 usage, 3 not found, 5 no answer from the server.",
		flags: func(set *flag.FlagSet) action {
			l := &lookup{types: list{"A", "AAAA"}}
			set.Var(&l.types, "type", "`TYPES` of records, with commas: A, AAAA, CNAME, SRV, TXT, PTR, NS")
			set.StringVar(&l.server, "server", "", "`ADDRESS` of the server; the first of /etc/resolv.conf if empty")
			set.DurationVar(&l.timeout, "timeout", 2*time.Second, "`TIME` for one query")
			set.BoolVar(&l.short, "short", false, "print the data of the records only")
			return l.run
		},
	}
}

type lookup struct {
	types   list
	server  string
	timeout time.Duration
	short   bool
}

func (l *lookup) run(ctx context.Context, c *call) error {
	conf, err := readResolvConf(c.files)
	if err != nil && l.server == "" {
		return err
	}
	server, err := conf.server(l.server)
	if err != nil {
		return err
	}
	l.say(c, "server %s\nsearch %s\nndots %d\n", server, strings.Join(conf.search, " "), conf.ndots)
	for _, name := range conf.candidates(c.args[0]) {
		found, err := l.ask(ctx, c, server, name)
		if err != nil {
			return err
		}
		if len(found) > 0 {
			l.print(c, found)
			return nil
		}
	}
	return failed(kindDNS, fmt.Errorf("no name that %q may mean has a record of type %s", c.args[0], l.types.String()))
}

func (l *lookup) say(c *call, format string, args ...any) {
	if !l.short {
		fmt.Fprintf(c.stdout, format, args...)
	}
}

// ask asks for every type of a name and returns each record once.
func (l *lookup) ask(ctx context.Context, c *call, server, name string) ([]record, error) {
	var found []record
	seen := map[string]bool{}
	for _, text := range l.types {
		t, ok := recordTypes()[strings.ToUpper(text)]
		if !ok {
			return nil, usagef("type %q is none of A, AAAA, CNAME, SRV, TXT, PTR, NS", text)
		}
		msg, err := exchange(ctx, server, name, t, l.timeout)
		if err != nil {
			return nil, noAnswer(server, err)
		}
		l.say(c, "query %s %s %s%s\n", name, strings.ToUpper(text), rcode(msg.RCode), count(len(msg.Answers)))
		for _, r := range records(msg) {
			if !seen[r.kind+r.name+r.data] {
				found = append(found, r)
			}
			seen[r.kind+r.name+r.data] = true
		}
	}
	return found, nil
}

func (l *lookup) print(c *call, found []record) {
	for _, r := range found {
		if l.short {
			fmt.Fprintln(c.stdout, r.data)
		} else {
			fmt.Fprintln(c.stdout, r)
		}
	}
}

func noAnswer(server string, err error) error {
	if k := classify(err); k == kindOther {
		return err
	}
	return failed(kindTimeout, fmt.Errorf("no answer from %s: %w", server, err))
}

func count(records int) string {
	switch records {
	case 0:
		return ", no record"
	case 1:
		return ", 1 record"
	}
	return fmt.Sprintf(", %d records", records)
}
