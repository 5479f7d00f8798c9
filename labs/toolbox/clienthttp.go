package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"strings"
)

// maxBody is what is kept of a body.
const maxBody = 4 << 20

func (cl *client) askHTTP(ctx context.Context, c *call, o *outcome) error {
	req, err := cl.request(ctx, o)
	if err != nil {
		return err
	}
	web, err := cl.web()
	if err != nil {
		return err
	}
	resp, err := web.Do(req)
	if err != nil {
		return unwrapURL(err)
	}
	defer resp.Body.Close()
	o.Status = resp.StatusCode
	if resp.TLS != nil {
		o.TLS = describeTLS(*resp.TLS)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	o.Body = string(body)
	return err
}

func (cl *client) request(ctx context.Context, o *outcome) (*http.Request, error) {
	trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		o.Remote, o.Local = info.Conn.RemoteAddr().String(), info.Conn.LocalAddr().String()
	}}
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, trace), cl.method, o.URL, strings.NewReader(cl.data))
	if err != nil {
		return nil, usagef("%v", err)
	}
	req.Host = cl.host // empty means that of the URL
	for _, h := range cl.headers {
		name, value, ok := strings.Cut(h, ":")
		if !ok {
			return nil, usagef("header %q is not written 'Name: value'", h)
		}
		req.Header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	if cl.tokenFile != "" {
		token, err := os.ReadFile(cl.tokenFile)
		if err != nil {
			return nil, usagef("%v", err)
		}
		req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	}
	return req, nil
}

// web returns the HTTP client, which is made once.
func (cl *client) web() (*http.Client, error) {
	if cl.shared != nil {
		return cl.shared, nil
	}
	config, err := cl.tlsConfig()
	if err != nil {
		return nil, err
	}
	dialer, err := cl.dialer("tcp")
	if err != nil {
		return nil, err
	}
	cl.shared = &http.Client{
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSClientConfig: config, ForceAttemptHTTP2: true,
			DisableKeepAlives: !cl.keepAlive, MaxIdleConnsPerHost: 100,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return cl.shared, nil
}

func (cl *client) tlsConfig() (*tls.Config, error) {
	config := &tls.Config{ServerName: cl.serverName, InsecureSkipVerify: cl.insecure}
	if cl.caFile == "" {
		return config, nil
	}
	text, err := os.ReadFile(cl.caFile)
	if err != nil {
		return nil, usagef("%v", err)
	}
	config.RootCAs = x509.NewCertPool()
	if !config.RootCAs.AppendCertsFromPEM(text) {
		return nil, usagef("%s holds no certificate (PEM)", cl.caFile)
	}
	return config, nil
}

func (cl *client) dialer(network string) (*net.Dialer, error) {
	if cl.source == "" {
		return &net.Dialer{}, nil
	}
	ip := net.ParseIP(cl.source)
	switch {
	case ip == nil:
		return nil, usagef("source %q is not an IP address", cl.source)
	case network == "udp":
		return &net.Dialer{LocalAddr: &net.UDPAddr{IP: ip}}, nil
	}
	return &net.Dialer{LocalAddr: &net.TCPAddr{IP: ip}}, nil
}
