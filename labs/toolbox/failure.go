package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
)

// A kind is a class of failure that a person would treat differently.
type kind string

const (
	kindOther       kind = "other"
	kindUsage       kind = "usage"
	kindDNS         kind = "dns"
	kindRefused     kind = "refused"
	kindTimeout     kind = "timeout"
	kindTLS         kind = "tls"
	kindStatus      kind = "status"
	kindUnreachable kind = "unreachable"
	kindClosed      kind = "closed"
)

// exitCodes is what the manual says of exit codes of clients.
const exitCodes = "Exit codes: 0 fine, 1 other, 2 usage, 3 dns, 4 refused, 5 timeout, 6 tls, 7 status (400 or more), " +
	"8 unreachable (no route, or denied), 9 closed (reset, or ended too early)."

func (k kind) exitCode() int {
	for i, other := range []kind{kindOther, kindUsage, kindDNS, kindRefused, kindTimeout, kindTLS, kindStatus, kindUnreachable, kindClosed} {
		if k == other {
			return i + 1
		}
	}
	return 1
}

// An exitError is an error that decides the exit code.
type exitError struct {
	code int
	err  error // nil where there is nothing to say
}

func (e exitError) Error() string { return fmt.Sprint(e.err) }
func (e exitError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error {
	return exitError{kindUsage.exitCode(), fmt.Errorf(format, args...)}
}

// failed wraps an error of the network, which is told with its kind.
func failed(k kind, err error) error {
	if strings.HasPrefix(err.Error(), string(k)+": ") {
		return exitError{k.exitCode(), err} // crypto/tls says so itself
	}
	return exitError{k.exitCode(), fmt.Errorf("%s: %w", k, err)}
}

// report tells an error and returns the exit code for it.
func report(stderr io.Writer, name string, err error) int {
	if err == nil {
		return 0
	}
	var sig signalled
	if errors.As(err, &sig) {
		return 128 + int(sig.Signal)
	}
	exit := exitError{1, err}
	errors.As(err, &exit)
	if exit.err != nil {
		fmt.Fprintf(stderr, "%s: %v\n", name, err)
	}
	return exit.code
}

// classify says what kind of failure an error of the network is.
func classify(err error) kind {
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case errors.As(err, &dns):
		return kindDNS
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return kindTimeout
	case errors.Is(err, syscall.ECONNREFUSED):
		return kindRefused
	case isAny(err, syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.EACCES, syscall.EPERM):
		return kindUnreachable
	case isTLS(err):
		return kindTLS
	case isAny(err, syscall.ECONNRESET, syscall.EPIPE, io.EOF, io.ErrUnexpectedEOF), closedEarly(err):
		return kindClosed
	}
	return kindOther
}

func isAny(err error, targets ...error) bool {
	for _, target := range targets {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

// closedEarly reports whether a server hung up before the request was written, for which net/http has
// an error without a name.
func closedEarly(err error) bool {
	return strings.Contains(err.Error(), "server closed idle connection")
}

// isTLS reports whether a handshake failed. Some errors of crypto/tls have no type; they all begin
// with the name of the package.
func isTLS(err error) bool {
	var cert *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var authority x509.UnknownAuthorityError
	return errors.As(err, &cert) || errors.As(err, &record) || errors.As(err, &alert) || errors.As(err, &authority) ||
		errors.Is(err, http.ErrSchemeMismatch) || strings.Contains(err.Error(), "tls: ")
}
