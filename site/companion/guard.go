package companion

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
)

// tokenHeader carries the token. A page of another origin cannot set it without asking first, and
// the server never allows that.
const tokenHeader = "Slipway-Token"

// A refusal says why a request is not answered, in a line that tells what to do.
type refusal struct {
	status int
	text   string
}

func (e refusal) Error() string { return e.text }

func forbid(format string, args ...any) error {
	return refusal{http.StatusForbidden, fmt.Sprintf(format, args...)}
}

func refuse(w http.ResponseWriter, err error) {
	ref := refusal{status: http.StatusInternalServerError, text: err.Error()}
	errors.As(err, &ref)
	http.Error(w, ref.text, ref.status)
}

// checkHost holds that the request names this server by a loopback name and its port.
func checkHost(r *http.Request) error {
	local, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if !ok {
		return forbid("the companion answers on a loopback port only: start it with slipway serve")
	}
	host, port := splitHost(r.Host)
	if !loopbackName(host) || port != strconv.Itoa(local.Port) {
		return forbid("the companion answers to its own address only: open http://%s/", local)
	}
	return nil
}

func splitHost(hostport string) (host, port string) {
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		return strings.Trim(hostport, "[]"), "80"
	}
	return host, port
}

func loopbackName(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// checkToken holds that the request comes from a page that this start of the server has served.
func (s *Server) checkToken(r *http.Request) error {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" {
		return forbid("request comes from another site: open http://%s/ and ask from there", r.Host)
	}
	if subtle.ConstantTimeCompare([]byte(r.Header.Get(tokenHeader)), []byte(s.token)) != 1 {
		return forbid("this page is from an earlier start of slipway serve: reload the page")
	}
	return nil
}

// checkOrigin holds that the request comes from a page of this very server. Browsers send Origin
// with every POST, so one without it is no page of ours.
func checkOrigin(r *http.Request) error {
	if got := r.Header["Origin"]; len(got) != 1 || got[0] != "http://"+r.Host {
		return forbid("request does not come from a page of this server: open http://%s/ and press the button there", r.Host)
	}
	return nil
}
