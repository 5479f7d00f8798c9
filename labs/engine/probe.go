package engine

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/slipway-workshop/slipway/exercises/check"
	"github.com/slipway-workshop/slipway/exercises/sandbox"
)

// probeDeadline is how long one answer may take.
const probeDeadline = 3 * time.Second

// A probing is one question to a server, and what its answer must be.
type probing struct {
	url      *url.URL
	place    string // outside, pod/NAMESPACE/NAME, node/NAME
	status   int    // 0: any below 400
	body     *regexp.Regexp
	insecure bool
}

// An answer is what came of a probing.
type answer struct {
	status int
	body   string
	err    string // why there is none
}

func (k *kit) probe(s *check.Session, neg bool, args []string) (check.Outcome, error) {
	p, err := parseProbe(args)
	if err != nil {
		return check.Outcome{}, err
	}
	a, err := k.ask(s, p)
	if err != nil {
		return check.Outcome{}, err
	}
	wrong := p.judge(a)
	switch {
	case neg && wrong == "":
		return check.Found("%s answers from %s: status %d", p.url, p.place, a.status), nil
	case !neg && wrong != "":
		return check.Found("%s from %s: %s", p.url, p.place, wrong), nil
	}
	return check.Outcome{}, nil
}

func parseProbe(args []string) (probing, error) {
	usage := errors.New("usage: [!] probe URL [from PLACE] [status CODE] [body REGEXP] [insecure]")
	if len(args) == 0 {
		return probing{}, usage
	}
	p := probing{place: "outside"}
	var err error
	if p.url, err = url.Parse(args[0]); err != nil || p.url.Host == "" {
		return p, fmt.Errorf("probe: %q is no address such as http://web.shop or tcp://10.0.0.1:80", args[0])
	}
	for rest := args[1:]; len(rest) > 0; {
		word := rest[0]
		if word == "insecure" {
			p.insecure, rest = true, rest[1:]
			continue
		}
		if len(rest) < 2 {
			return p, usage
		}
		switch word {
		case "from":
			p.place = rest[1]
		case "status":
			p.status, err = strconv.Atoi(rest[1])
		case "body":
			p.body, err = regexp.Compile(rest[1])
		default:
			err = usage
		}
		if err != nil {
			return p, err
		}
		rest = rest[2:]
	}
	return p, nil
}

// judge says what is wrong with an answer, or nothing.
func (p probing) judge(a answer) string {
	switch {
	case a.err != "":
		return a.err
	case p.status == 0 && a.status >= 400, p.status != 0 && a.status != p.status:
		return fmt.Sprintf("status %d", a.status)
	case p.body != nil && !p.body.MatchString(a.body):
		return "answers " + strings.TrimSpace(a.body)
	}
	return ""
}

func (k *kit) ask(s *check.Session, p probing) (answer, error) {
	kind, name, _ := strings.Cut(p.place, "/")
	switch kind {
	case "outside":
		ctx, cancel := context.WithTimeout(s.Context(), probeDeadline)
		defer cancel()
		return askHere(ctx, p), nil
	case "node":
		nodes, err := k.find(name)
		if err != nil {
			return answer{}, err
		}
		res, err := k.cluster.Exec(s.Context(), nodes[0].Name, sandbox.Command{Args: curl(p), Merge: true})
		if err != nil {
			return answer{}, check.Fault{Err: err}
		}
		return fromCurl(res), nil
	case "pod":
		namespace, pod, ok := strings.Cut(name, "/")
		if !ok {
			return answer{}, fmt.Errorf("probe: %q is no place such as pod/shop/web", p.place)
		}
		command := append([]string{k.program("kubectl"), "exec", "-n", namespace, pod, "--"}, toolboxClient(p)...)
		res, err := sandbox.Run(s.Context(), sandbox.Command{Args: command, Env: s.Env(), Dir: s.Abs(".")})
		if err != nil {
			return answer{}, err
		}
		return fromClient(res), k.reachable(s, sandbox.Result{ExitCode: res.ExitCode, Stdout: res.Stderr})
	}
	return answer{}, fmt.Errorf("probe: unknown place %q: use outside, pod/NAMESPACE/NAME or node/NAME", p.place)
}

// askHere asks from this machine.
func askHere(ctx context.Context, p probing) answer {
	if p.url.Scheme == "tcp" {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", p.url.Host)
		if err != nil {
			return answer{err: err.Error()}
		}
		conn.Close()
		return answer{status: http.StatusOK}
	}
	client := http.Client{
		Transport: &http.Transport{
			TLSClientConfig:   &tls.Config{InsecureSkipVerify: p.insecure}, //nolint:gosec // a check that says insecure looks at something else
			DisableKeepAlives: true, Proxy: nil,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url.String(), nil)
	if err != nil {
		return answer{err: err.Error()}
	}
	res, err := client.Do(req)
	if err != nil {
		return answer{err: err.Error()}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, sandbox.DefaultMaxOutput))
	if err != nil {
		return answer{err: err.Error()}
	}
	return answer{status: res.StatusCode, body: string(body)}
}

// statusMark goes before the status in what curl prints after the body.
const statusMark = "\nstatus "

func curl(p probing) []string {
	seconds := strconv.Itoa(int(probeDeadline.Seconds()))
	args := []string{"curl", "--silent", "--show-error", "--max-time", seconds, "--write-out", statusMark + "%{http_code}"}
	if p.insecure {
		args = append(args, "--insecure")
	}
	if p.url.Scheme == "tcp" {
		return []string{"timeout", seconds, "bash", "-c", "exec 3<>/dev/tcp/$0/$1", p.url.Hostname(), p.url.Port()}
	}
	return append(args, p.url.String())
}

func fromCurl(res sandbox.Result) answer {
	text := string(res.Stdout)
	if res.ExitCode != 0 {
		text, _, _ = strings.Cut(text, statusMark)
		if text = strings.TrimSpace(text); text == "" {
			text = "no answer"
		}
		return answer{err: text}
	}
	at := strings.LastIndex(text, statusMark)
	if at < 0 {
		return answer{status: http.StatusOK} // tcp
	}
	status, err := strconv.Atoi(text[at+len(statusMark):])
	if err != nil {
		return answer{err: "no status: " + text[at:]}
	}
	return answer{status: status, body: text[:at]}
}

// toolboxClient is the command that asks from a pod: every image of a lab is the toolbox.
func toolboxClient(p probing) []string {
	args := []string{"client", "--json", "--timeout", probeDeadline.String()}
	if p.insecure {
		args = append(args, "--insecure")
	}
	return append(args, p.url.String())
}

func fromClient(res sandbox.Result) answer {
	var line struct {
		Status            int
		Body, Kind, Error string
	}
	if err := json.Unmarshal(res.Stdout, &line); err != nil { // kubectl could not ask
		return answer{err: strings.TrimSpace(string(res.Stderr) + string(res.Stdout))}
	}
	switch {
	case line.Kind != "" && line.Kind != "status":
		return answer{err: line.Kind + ": " + line.Error}
	case line.Status == 0:
		line.Status = http.StatusOK // tcp
	}
	return answer{status: line.Status, body: line.Body}
}
