package nodefiles

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"maps"
)

// The API server's certificate bears the address of its node, and kind has a new one issued when the node
// starts with another address. The one that was kept would make every component refuse the API server.
const (
	authority   = "/etc/kubernetes/pki/ca.crt"
	servingCert = "/etc/kubernetes/pki/apiserver.crt"
	servingKey  = "/etc/kubernetes/pki/apiserver.key"
)

// keepServing takes the certificate that a node has into what is kept, where the node has moved and the
// certificate is good for its address. It reports whether a new one has to be issued instead.
func (n *node) keepServing(ctx context.Context, base *baseline) (issue bool, err error) {
	if _, there := base.files[servingCert]; !base.moved || !there {
		return false, nil
	}
	archive, err := n.sh(ctx, scriptArchive, nil, servingCert, servingKey)
	if err != nil {
		return false, err
	}
	now, err := readArchive(archive, "", "")
	if err != nil {
		return false, fmt.Errorf("read %s: %w", servingCert, err)
	}
	if !serves(now, base.archive[authority].data, n.Address) {
		return true, nil
	}
	maps.Copy(base.archive, now)
	maps.Copy(base.files, entriesOf(now))
	return false, nil
}

// serves reports whether a certificate and its key are a pair that an authority has issued for an address.
func serves(files map[string]file, authority []byte, address string) bool {
	pair, err := tls.X509KeyPair(files[servingCert].data, files[servingKey].data)
	if err != nil {
		return false
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	_, err = pair.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: address})
	return err == nil
}

const scriptIssue = `rm -f "$@" && kubeadm init phase certs apiserver --config /kind/kubeadm.conf >&2`

// issueServing has kubeadm issue a certificate for the address that the node has now.
func (n *node) issueServing(ctx context.Context) error {
	if _, err := n.sh(ctx, scriptIssue, nil, servingCert, servingKey); err != nil {
		return fmt.Errorf("issue %s for %s: %w", servingCert, n.Address, err)
	}
	return nil
}
