package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

func serveCommand() command {
	return command{
		name: "serve", short: "serves HTTP and HTTPS, and answers with what it was asked and who it is", tidy: true,
		long: "Every path is answered with lines such as `name: web`, `host: web-5d4f`, `ip: 10.244.0.7`, `namespace: demo`,\n" +
			"`node: …`, `port: 8080`, `method: GET`, `path: /`, `client: 10.244.0.9:51234`, `tls: no` and `header Accept: */*`, or\n" +
			"with the same as JSON where the request accepts `application/json`. `POD_IP`, `POD_NAMESPACE` and `NODE_NAME` of the\n" +
			"environment say more of the pod. A request may ask for a status and a delay: `/?status=503&delay=2s`. `/healthz` and\n" +
			"`/readyz` answer 200 or 503 by the flags about them, and by no other.",
		flags: func(set *flag.FlagSet) action {
			s := &server{ports: ports{list{"8080"}}}
			s.declare(set)
			return s.run
		},
	}
}

// A server is the HTTP server with its flags.
type server struct {
	ports, tlsPorts   ports
	certFile, keyFile string
	certNames         list
	bind              string
	name, body        string
	status            int
	delay             time.Duration
	fail              share
	startAfter        time.Duration
	readyAfter        time.Duration
	readyFile         string
	unhealthyAfter    time.Duration
	grace             time.Duration
	journal           string
	ignoreTerm        bool
	who               identity
	started           time.Time
	draining          atomic.Bool
	log               *log.Logger
	listening         func(net.Addr) // told of each port that is open; may be nil
}

func (s *server) declare(set *flag.FlagSet) {
	set.Var(&s.ports, "port", "`PORTS` for HTTP, with commas; empty for none")
	set.Var(&s.tlsPorts, "tls-port", "`PORTS` for HTTPS, with commas")
	set.StringVar(&s.certFile, "cert", "", "`FILE` with the certificate chain (PEM); without it one is made at start and logged")
	set.StringVar(&s.keyFile, "key", "", "`FILE` with the key of --cert (PEM)")
	set.Var(&s.certNames, "cert-name", "`NAMES` of the certificate made at start, with commas; the host name if empty")
	set.StringVar(&s.bind, "bind", "", "`ADDRESS` to listen on; all if empty")
	set.StringVar(&s.name, "name", "", "`TEXT` of the line name; $NAME or the host name if empty")
	set.StringVar(&s.body, "body", "", "`TEXT` to answer in place of the lines")
	set.IntVar(&s.status, "status", http.StatusOK, "`STATUS` of the answer")
	set.DurationVar(&s.delay, "delay", 0, "`TIME` before each answer")
	set.Var(&s.fail, "fail", "`SHARE` of requests that are answered with status 500, such as 0.3 or 30%")
	set.DurationVar(&s.startAfter, "start-after", 0, "`TIME` before the ports are opened")
	set.DurationVar(&s.readyAfter, "ready-after", 0, "`TIME` before /readyz answers 200")
	set.StringVar(&s.readyFile, "ready-file", "", "`FILE` without which /readyz answers 503")
	set.DurationVar(&s.unhealthyAfter, "unhealthy-after", 0, "`TIME` after which /healthz answers 503; never if 0")
	set.DurationVar(&s.grace, "grace", 0, "`TIME` to go on serving after SIGTERM, with /readyz at 503, before running requests are finished")
	set.StringVar(&s.journal, "journal", "", "`FILE` to add a line to at each start, once the ports are open: time, name, started, address")
	set.BoolVar(&s.ignoreTerm, "ignore-term", false, "log SIGTERM and go on, until killed")
}

func (s *server) run(ctx context.Context, c *call) error {
	s.log = log.New(c.stdout, "", 0)
	s.who = identify(c, s.name)
	if err := pause(ctx, s.startAfter); err != nil {
		return err
	}
	s.started = time.Now()
	web := &http.Server{Handler: s, ErrorLog: s.log}
	failed, err := s.open(web)
	if err == nil && s.journal != "" {
		err = (&writer{append: true, timestamp: true}).write(s.journal, s.who.Name+" started "+s.who.IP, true)
	}
	if err != nil {
		_ = web.Close()
		return err
	}
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return s.end(ctx, web)
	}
}

// open opens all ports; what ends one of them later comes from the channel.
func (s *server) open(web *http.Server) (<-chan error, error) {
	failed := make(chan error, len(s.ports.list)+len(s.tlsPorts.list))
	for _, port := range s.ports.list {
		ln, err := s.listen(port, "http")
		if err != nil {
			return nil, err
		}
		go func() { failed <- web.Serve(ln) }()
	}
	if len(s.tlsPorts.list) == 0 {
		return failed, nil
	}
	cert, err := s.certificate()
	if err != nil {
		return nil, err
	}
	config := &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2", "http/1.1"}}
	for _, port := range s.tlsPorts.list {
		ln, err := s.listen(port, "https")
		if err != nil {
			return nil, err
		}
		go func() { failed <- web.Serve(tls.NewListener(ln, config)) }()
	}
	return failed, nil
}

func (s *server) listen(port, scheme string) (net.Listener, error) {
	ln, err := net.Listen("tcp", net.JoinHostPort(s.bind, port))
	if err != nil {
		return nil, err // it names the address
	}
	s.log.Printf("%s serves %s on %s", s.who.Name, scheme, ln.Addr())
	if s.listening != nil {
		s.listening(ln.Addr())
	}
	return ln, nil
}

func (s *server) certificate() (tls.Certificate, error) {
	if s.certFile != "" {
		cert, err := tls.LoadX509KeyPair(s.certFile, s.keyFile)
		if err != nil {
			return cert, fmt.Errorf("read certificate: %w", err)
		}
		return cert, nil
	}
	names := s.certNames
	if len(names) == 0 {
		names = list{s.who.Host}
	}
	cert, text, err := makeCertificate(names)
	if err == nil {
		s.log.Printf("made a certificate for %s:\n%s", names.String(), text)
	}
	return cert, err
}

// end ends the server as the flags say.
func (s *server) end(ctx context.Context, web *http.Server) error {
	sig := context.Cause(ctx)
	switch {
	case s.ignoreTerm:
		s.log.Printf("got %v: ignored", sig)
		select {}
	case s.grace <= 0:
		s.log.Printf("got %v: ending at once", sig)
		return web.Close()
	}
	s.log.Printf("got %v: not ready any more, ending in %s", sig, s.grace)
	s.draining.Store(true)
	time.Sleep(s.grace)
	err := web.Shutdown(context.WithoutCancel(ctx))
	s.log.Print("finished what was running: ended")
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
