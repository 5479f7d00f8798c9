package nodefiles

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
	"github.com/slipway-workshop/slipway/labs"
)

// An issuer makes certificates.
type issuer struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newIssuer(t *testing.T) issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, ca, ca, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	if ca, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return issuer{ca, key}
}

func (i issuer) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.cert.Raw})
}

// serving returns certificate and key of an API server at an address.
func (i issuer) serving(t *testing.T, address string) map[string]file {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), IPAddresses: []net.IP{net.ParseIP(address)}, NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, leaf, i.cert, key.Public(), i.key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]file{
		servingCert: plain(servingCert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})),
		servingKey:  plain(servingKey, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})),
	}
}

func plain(name string, data []byte) file {
	return file{&tar.Header{Name: strings.TrimPrefix(name, "/"), Typeflag: tar.TypeReg, Mode: 0o600, Size: int64(len(data))}, data}
}

// holding is a cluster whose nodes hold some files.
type holding struct {
	labs.Cluster
	archive []byte
}

func (h holding) Exec(context.Context, string, sandbox.Command) (sandbox.Result, error) {
	return sandbox.Result{Stdout: h.archive}, nil
}

func TestServingCertificateOfANodeThatMoved(t *testing.T) {
	const was, is = "10.0.0.2", "10.0.0.7"
	ca := newIssuer(t)
	kept, reissued := ca.serving(t, was), ca.serving(t, is)
	broken := map[string]file{servingCert: reissued[servingCert], servingKey: kept[servingKey]}
	tests := []struct {
		name  string
		moved bool
		now   map[string]file
		issue bool
		keeps map[string]file // that counts as kept afterwards
	}{
		{"not moved", false, broken, false, kept},
		{"moved, and kind has issued another", true, reissued, false, reissued},
		{"moved, and the old one was put back", true, kept, true, kept},
		{"moved, and the key is another's", true, broken, true, kept},
		{"moved, and the files are gone", true, nil, true, kept},
		{"moved, and another authority has issued it", true, newIssuer(t).serving(t, is), true, kept},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			base := &baseline{moved: test.moved, archive: map[string]file{authority: plain(authority, ca.pem()), servingCert: kept[servingCert], servingKey: kept[servingKey]}}
			base.files = entriesOf(base.archive)
			var names []string
			for name := range test.now {
				names = append(names, name)
			}
			archive, err := pack(test.now, names)
			if err != nil {
				t.Fatal(err)
			}
			n := &node{Node: labs.Node{Name: "a", Address: is}, cluster: holding{archive: archive}}
			issue, err := n.keepServing(t.Context(), base)
			if err != nil || issue != test.issue {
				t.Fatalf("issue %t, %v, want %t", issue, err, test.issue)
			}
			if !bytes.Equal(base.archive[servingCert].data, test.keeps[servingCert].data) {
				t.Error("another certificate is kept")
			}
			if want := entriesOf(test.keeps)[servingCert]; base.files[servingCert] != want {
				t.Errorf("the listing says %+v, want %+v", base.files[servingCert], want)
			}
		})
	}
}
