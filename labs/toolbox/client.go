package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

func clientCommand() command {
	return command{
		name: "client", args: "URL…", min: 1, short: "asks a server over HTTP, HTTPS, TCP or UDP, and tells how that failed",
		long: "Prints the body of `http://` and `https://`; of `tcp://host:port` and `udp://host:port` the answer to --data. Without\n" +
			"--data TCP is only connected. Redirects are not followed and no proxy is used. Each request has a connection of its\n" +
			"own. With --json a request is one line: url, status, body, kind, error, remote, local, tls, seconds.\n\n" + exitCodes,
		flags: func(set *flag.FlagSet) action {
			cl := &client{}
			cl.declare(set)
			return cl.run
		},
	}
}

// A client asks one request after another.
type client struct {
	timeout, every time.Duration
	count          int
	method, data   string
	headers        repeated
	tokenFile      string
	caFile         string
	serverName     string
	host           string
	insecure       bool
	source         string
	showStatus     bool
	json           bool
	keepAlive      bool // connections are used again; no flag of client
	shared         *http.Client
}

func (cl *client) declare(set *flag.FlagSet) {
	set.DurationVar(&cl.timeout, "timeout", 5*time.Second, "`TIME` for a request in all")
	set.IntVar(&cl.count, "count", 1, "`NUMBER` of requests to each URL")
	set.DurationVar(&cl.every, "every", 0, "`TIME` between requests")
	set.StringVar(&cl.method, "method", http.MethodGet, "`METHOD` of the request")
	set.StringVar(&cl.data, "data", "", "`TEXT` to send")
	set.Var(&cl.headers, "header", "`HEADER` such as 'Accept: text/plain'; may be given again")
	set.StringVar(&cl.tokenFile, "token-file", "", "`FILE` with a token to send as Bearer")
	cl.trust(set)
	set.StringVar(&cl.host, "host", "", "`NAME` of the header Host; that of the URL if empty")
	set.StringVar(&cl.source, "source", "", "`IP` to connect from")
	set.BoolVar(&cl.showStatus, "show-status", false, "print the status as the first line")
	set.BoolVar(&cl.json, "json", false, "print a line of JSON for each request")
}

// trust declares the flags that say whom to believe.
func (cl *client) trust(set *flag.FlagSet) {
	set.StringVar(&cl.caFile, "cacert", "", "`FILE` with the certificates to trust (PEM)")
	set.StringVar(&cl.serverName, "server-name", "", "`NAME` to ask for and to verify in TLS; that of the URL if empty")
	set.BoolVar(&cl.insecure, "insecure", false, "trust any certificate")
}

// An outcome is how one request ended.
type outcome struct {
	URL     string  `json:"url"`
	Status  int     `json:"status"`
	Body    string  `json:"body"`
	Kind    kind    `json:"kind"`
	Error   string  `json:"error"`
	Remote  string  `json:"remote"`
	Local   string  `json:"local"`
	TLS     string  `json:"tls"`
	Seconds float64 `json:"seconds"`
	err     error
}

// run asks every URL; the last failure decides the exit code.
func (cl *client) run(ctx context.Context, c *call) error {
	var last error
	for i := range cl.count {
		if i > 0 {
			if err := pause(ctx, cl.every); err != nil {
				return err
			}
		}
		for _, target := range c.args {
			o, err := cl.ask(ctx, c, target)
			if err != nil {
				return err
			}
			if err := cl.tell(c, o); err != nil {
				last = err
			}
		}
	}
	return last
}

// ask makes one request. What a server or the network does wrong is an outcome; an error is that the
// request could not be made.
func (cl *client) ask(ctx context.Context, c *call, target string) (outcome, error) {
	u, err := url.Parse(target)
	if err != nil || u.Host == "" {
		return outcome{}, usagef("%q is not a URL such as http://web.demo or tcp://web.demo:9000", target)
	}
	ctx, cancel := context.WithTimeout(ctx, cl.timeout)
	defer cancel()
	begin := time.Now()
	o := outcome{URL: target}
	switch u.Scheme {
	case "http", "https":
		err = cl.askHTTP(ctx, c, &o)
	case "tcp", "udp":
		err = cl.askRaw(ctx, u, &o)
	default:
		return outcome{}, usagef("scheme %q is none of http, https, tcp, udp", u.Scheme)
	}
	var exit exitError
	if errors.As(err, &exit) {
		return o, err
	}
	o.Seconds = time.Since(begin).Seconds()
	o.conclude(err)
	return o, nil
}

// conclude says of what kind a failure is.
func (o *outcome) conclude(err error) {
	switch {
	case err != nil:
		o.Kind, o.err = classify(err), err
	case o.Status >= http.StatusBadRequest:
		o.Kind, o.err = kindStatus, fmt.Errorf("%d %s", o.Status, http.StatusText(o.Status))
	default:
		return
	}
	o.Error = o.err.Error()
}

func (cl *client) tell(c *call, o outcome) error {
	if cl.json {
		if err := json.NewEncoder(c.stdout).Encode(o); err != nil {
			return err
		}
	} else {
		cl.print(c, o)
	}
	if o.err == nil {
		return nil
	}
	err := failed(o.Kind, o.err)
	if cl.count > 1 && !cl.json {
		fmt.Fprintf(c.stderr, "client: %v\n", err)
		return exitError{code: o.Kind.exitCode()}
	}
	return err
}

func (cl *client) print(c *call, o outcome) {
	if cl.showStatus && o.Status > 0 {
		fmt.Fprintf(c.stdout, "status: %d\n", o.Status)
	}
	if o.Body != "" {
		fmt.Fprintln(c.stdout, strings.TrimSuffix(o.Body, "\n"))
	}
}
