package main

import (
	"cmp"
	"io/fs"
	"net"
	"os"
	"strings"
)

// An identity is what a server knows of the pod it runs in.
type identity struct {
	Name      string `json:"name"`
	Host      string `json:"host"`
	IP        string `json:"ip"`
	Namespace string `json:"namespace"`
	Node      string `json:"node"`
}

// namespaceFile is where the kubelet puts the pod's namespace, beside the service account's token.
const namespaceFile = "var/run/secrets/kubernetes.io/serviceaccount/namespace"

func identify(c *call, name string) identity {
	host, _ := os.Hostname()
	namespace, _ := fs.ReadFile(c.files, namespaceFile)
	return identity{
		Name:      cmp.Or(name, c.getenv("NAME"), host),
		Host:      host,
		IP:        cmp.Or(c.getenv("POD_IP"), ownAddress()),
		Namespace: cmp.Or(c.getenv("POD_NAMESPACE"), strings.TrimSpace(string(namespace))),
		Node:      c.getenv("NODE_NAME"),
	}
}

// ownAddress is the first address that others can reach.
func ownAddress() string {
	addrs, _ := net.InterfaceAddrs()
	for _, addr := range addrs {
		if ip, ok := addr.(*net.IPNet); ok && ip.IP.IsGlobalUnicast() {
			return ip.IP.String()
		}
	}
	return ""
}
