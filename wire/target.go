package wire

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
)

// publicIPv6 is all of IPv6 that public hosts have addresses in. What lies outside embeds IPv4 addresses (NAT64, IPv4-compatible, IPv4-translated),
// is local, or is nobody's.
var publicIPv6 = netip.MustParsePrefix("2000::/3")

// Ranges that no public endpoint lives in, beyond what netip's own methods name and what publicIPv6 leaves out.
var refusedRanges = func() []netip.Prefix {
	var out []netip.Prefix
	for _, s := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
		"203.0.113.0/24", "240.0.0.0/4", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
	} {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}()

// CheckTarget refuses addresses inside somebody's own network. Miners publish their endpoints, so whoever calls
// them would otherwise be a way into the caller's network. Errors: [ErrTarget].
func CheckTarget(ip netip.Addr) error {
	ip = ip.Unmap().WithZone("")
	ok := ip.IsValid() && ip.IsGlobalUnicast() && !ip.IsPrivate() && (ip.Is4() || publicIPv6.Contains(ip))
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

// checkName judges what can be judged of a host before its name is resolved: literal addresses, in any spelling that a resolver may take for one, and names
// that no public host has. Where a proxy dials, it is all that can be judged here; else guardDial has the last word.
func checkName(host string) error {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if ip, err := netip.ParseAddr(host); err == nil {
		return CheckTarget(ip)
	}
	if i := strings.IndexFunc(host, func(r rune) bool { return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-._", r) }); i >= 0 {
		// Other letters are mapped on the way, so that digits of another script would become an address.
		return fmt.Errorf("%w: %.128q has characters other than a-z, 0-9, '-', '.' and '_'; write other letters in Punycode", ErrTarget, host)
	}
	domain, top := "", host
	if i := strings.LastIndexByte(host, '.'); i >= 0 {
		domain, top = host[:i], host[i+1:]
	}
	switch {
	case top == "" || top[0] >= '0' && top[0] <= '9':
		// No top-level domain begins with a digit, so this is a decimal, octal, hexadecimal or shortened address.
		return fmt.Errorf("%w: %.128q is a number, want an address as 192.0.2.1 or [2001:db8::1], or a name", ErrTarget, host)
	case domain == "" || top == "localhost" || top == "local" || top == "internal":
		return fmt.Errorf("%w: %.128q is no public name; allow private targets only on a local network of your own", ErrTarget, host)
	}
	return nil
}

// target is the URL of a route of an axon, unless it leads where calls may not go. Errors: [ErrTarget], [ErrCall].
func (c *Client) target(endpoint, route string) (*url.URL, error) {
	u, err := joinTarget(endpoint, route)
	if err != nil || c.opts.AllowPrivate {
		return u, err
	}
	return u, checkName(u.Hostname())
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
	whole := strings.TrimRight(u.EscapedPath(), "/") + route
	r, err := url.ParseRequestURI(whole)
	if err != nil {
		return nil, fmt.Errorf("%w: path %.128q: %w", ErrCall, route, err)
	}
	u.Path, u.RawPath, u.RawQuery, u.ForceQuery = r.Path, r.RawPath, r.RawQuery, r.ForceQuery
	if u.RequestURI() != whole {
		// The request line would spell it otherwise, the endpoint's part too.
		return nil, fmt.Errorf("%w: path %.128q, want it escaped as it travels", ErrCall, route)
	}
	return u, nil
}
