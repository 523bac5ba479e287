package wire

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
)

// Ranges that no public endpoint lives in, beyond what netip's own methods name.
var refusedRanges = func() []netip.Prefix {
	var out []netip.Prefix
	for _, s := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
		"203.0.113.0/24", "240.0.0.0/4", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "fec0::/10",
	} {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}()

// CheckTarget refuses addresses inside somebody's own network. Miners publish their endpoints, so whoever calls
// them would otherwise be a way into the caller's network. Errors: [ErrTarget].
func CheckTarget(ip netip.Addr) error {
	ip = ip.Unmap().WithZone("")
	ok := ip.IsValid() && ip.IsGlobalUnicast() && !ip.IsPrivate()
	for _, p := range refusedRanges {
		ok = ok && !p.Contains(ip)
	}
	if !ok {
		return fmt.Errorf("%w: %s is not a public address; allow private targets only on a local network of your own", ErrTarget, ip)
	}
	return nil
}

// guardDial judges the address that is really dialled, after the name was resolved, so that a name cannot
// resolve to one address for a check and to another for the call.
func guardDial(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%w: %q", ErrTarget, address)
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return fmt.Errorf("%w: %q", ErrTarget, address)
	}
	return CheckTarget(ip)
}

// checkProxied judges a target that a proxy dials, as far as that can be done here: where it is a literal address.
func (c *Client) checkProxied(u *url.URL) error {
	if c.opts.Proxy == nil || c.opts.AllowPrivate {
		return nil
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil {
		return CheckTarget(ip)
	}
	return nil
}

// joinTarget puts a route (a path, perhaps with a query) behind an axon's URL.
func joinTarget(endpoint, route string) (*url.URL, error) {
	u, err := url.Parse(endpoint)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("%w: endpoint %.128q, want http(s)://host[:port][/path]", ErrTarget, endpoint)
	}
	if !strings.HasPrefix(route, "/") {
		return nil, fmt.Errorf("%w: path %.128q, want one that starts with /", ErrCall, route)
	}
	r, err := url.ParseRequestURI(strings.TrimRight(u.EscapedPath(), "/") + route)
	if err != nil {
		return nil, fmt.Errorf("%w: path %.128q: %w", ErrCall, route, err)
	}
	u.Path, u.RawPath, u.RawQuery = r.Path, r.RawPath, r.RawQuery
	return u, nil
}
