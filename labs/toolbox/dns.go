package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// A record is one line of an answer.
type record struct {
	name string
	ttl  uint32
	kind string
	data string
}

func (r record) String() string { return fmt.Sprintf("%s %d %s %s", r.name, r.ttl, r.kind, r.data) }

// recordTypes are the types that lookup can ask for.
func recordTypes() map[string]dnsmessage.Type {
	return map[string]dnsmessage.Type{
		"A": dnsmessage.TypeA, "AAAA": dnsmessage.TypeAAAA, "CNAME": dnsmessage.TypeCNAME,
		"SRV": dnsmessage.TypeSRV, "TXT": dnsmessage.TypeTXT, "PTR": dnsmessage.TypePTR, "NS": dnsmessage.TypeNS,
	}
}

// exchange asks a server one question, over UDP, and over TCP where the answer does not fit.
func exchange(ctx context.Context, server, name string, t dnsmessage.Type, timeout time.Duration) (dnsmessage.Message, error) {
	query, err := question(name, t)
	if err != nil {
		return dnsmessage.Message{}, err
	}
	for _, network := range []string{"udp", "tcp"} {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		msg, err := roundTrip(ctx, network, server, query)
		cancel()
		if err != nil || !msg.Truncated {
			return msg, err
		}
	}
	return dnsmessage.Message{}, errors.New("answer does not fit")
}

func question(name string, t dnsmessage.Type) ([]byte, error) {
	n, err := dnsmessage.NewName(name)
	if err != nil {
		return nil, usagef("%q is not a name: %v", name, err)
	}
	msg := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: uint16(time.Now().UnixNano()), RecursionDesired: true},
		Questions: []dnsmessage.Question{{Name: n, Type: t, Class: dnsmessage.ClassINET}},
	}
	query, err := msg.Pack()
	if err != nil {
		return nil, usagef("%q is not a name: %v", name, err)
	}
	return query, nil
}

func roundTrip(ctx context.Context, network, server string, query []byte) (msg dnsmessage.Message, err error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, server)
	if err != nil {
		return msg, err
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	_ = conn.SetDeadline(deadline)
	reply, err := send(conn, network, query)
	if err != nil {
		return msg, err
	}
	return msg, msg.Unpack(reply)
}

// send sends a query and returns the reply; over TCP both have their length before them (RFC 1035, 4.2.2).
func send(conn net.Conn, network string, query []byte) ([]byte, error) {
	if network == "udp" {
		if _, err := conn.Write(query); err != nil {
			return nil, err
		}
		buf := make([]byte, 64<<10)
		n, err := conn.Read(buf)
		return buf[:n], err
	}
	if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(query))), query...)); err != nil {
		return nil, err
	}
	var size [2]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return nil, err
	}
	reply := make([]byte, binary.BigEndian.Uint16(size[:]))
	_, err := io.ReadFull(conn, reply)
	return reply, err
}

// records renders the answers of a message.
func records(msg dnsmessage.Message) []record {
	var list []record
	for _, a := range msg.Answers {
		r := record{name: a.Header.Name.String(), ttl: a.Header.TTL}
		r.kind, r.data = render(a.Body)
		list = append(list, r)
	}
	return list
}

func render(body dnsmessage.ResourceBody) (kind, data string) {
	switch b := body.(type) {
	case *dnsmessage.AResource:
		return "A", net.IP(b.A[:]).String()
	case *dnsmessage.AAAAResource:
		return "AAAA", net.IP(b.AAAA[:]).String()
	case *dnsmessage.CNAMEResource:
		return "CNAME", b.CNAME.String()
	case *dnsmessage.SRVResource:
		return "SRV", fmt.Sprintf("%d %d %d %s", b.Priority, b.Weight, b.Port, b.Target)
	case *dnsmessage.TXTResource:
		return "TXT", strings.Join(b.TXT, " ")
	case *dnsmessage.PTRResource:
		return "PTR", b.PTR.String()
	case *dnsmessage.NSResource:
		return "NS", b.NS.String()
	}
	return "other", fmt.Sprintf("%T", body)
}

// rcode names a response code as dig does.
func rcode(code dnsmessage.RCode) string {
	names := map[dnsmessage.RCode]string{
		dnsmessage.RCodeSuccess: "NOERROR", dnsmessage.RCodeFormatError: "FORMERR", dnsmessage.RCodeServerFailure: "SERVFAIL",
		dnsmessage.RCodeNameError: "NXDOMAIN", dnsmessage.RCodeNotImplemented: "NOTIMP", dnsmessage.RCodeRefused: "REFUSED",
	}
	if name, ok := names[code]; ok {
		return name
	}
	return fmt.Sprintf("RCODE %d", code)
}
