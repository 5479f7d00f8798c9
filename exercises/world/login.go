package world

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// A login knows who may use a host. One of no host lets everybody in.
type login struct {
	config *Login
	issuer *issuer
}

func newLogin(c *Login, issuers map[string]*issuer) login {
	l := login{config: c}
	if c != nil {
		l.issuer = issuers[c.TokensOf]
	}
	return l
}

type knownKey struct{}

// known reports whether the person who asks has logged in where that is asked for.
func known(r *http.Request) bool { return r.Context().Value(knownKey{}) != nil }

// wrap lets those who have logged in through to h; others too where it is open, without being known.
func (l login) wrap(h http.Handler, open bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case l.allows(r):
			h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), knownKey{}, true)))
		case open:
			h.ServeHTTP(w, r)
		default:
			w.Header().Set("WWW-Authenticate", `Basic realm="slipway"`)
			http.Error(w, "unauthorized", http.StatusUnauthorized)
		}
	})
}

func (l login) allows(r *http.Request) bool {
	if l.config == nil {
		return true
	}
	if user, password, ok := r.BasicAuth(); ok && l.config.User != "" {
		return same(user, l.config.User) && same(password, l.config.Password)
	}
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return false
	}
	return l.config.Token != "" && same(token, l.config.Token) || l.issuer != nil && l.issuer.knows(token)
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// An issuer hands out bearer tokens that are good for a while.
type issuer struct {
	lifetime time.Duration

	mu     sync.Mutex
	tokens map[string]time.Time // when each was handed out
}

func newIssuer(c Tokens) *issuer {
	return &issuer{lifetime: time.Duration(c.Seconds) * time.Second, tokens: map[string]time.Time{}}
}

func (i *issuer) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	token := rand.Text()
	i.mu.Lock()
	i.tokens[token] = time.Now()
	i.mu.Unlock()
	fmt.Fprintln(w, token)
}

func (i *issuer) knows(token string) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	since, ok := i.tokens[token]
	return ok && time.Since(since) < i.lifetime
}
