package types

import (
	"net/netip"
	"strconv"
	"strings"

	errorsmod "cosmossdk.io/errors"
)

// cutScheme takes http:// or https:// off a URL.
func cutScheme(s string) (scheme, rest string, ok bool) {
	for _, scheme := range []string{"http", "https"} {
		if rest, ok := strings.CutPrefix(s, scheme+"://"); ok {
			return scheme, rest, true
		}
	}
	return "", s, false
}

// CheckURL accepts the endpoint of an axon:
//
//	("http" | "https") "://" host ":" port [path]
//
// where host is a name, an IPv4 address or an IPv6 address in brackets, port is 1 to 65535 without leading zeros, and
// path is made of the unreserved characters of RFC 3986 and '/', without empty, "." or ".." segments. User info, query and fragment
// are refused. The grammar is smaller than net/url's and written out, because every build of the chain must
// agree on it. Errors: ErrInvalidAxon.
func CheckURL(s string) error {
	if len(s) > MaxURL {
		return errorsmod.Wrapf(ErrInvalidAxon, "url has %d bytes, want at most %d", len(s), MaxURL)
	}
	refuse := func(what string) error {
		return errorsmod.Wrapf(ErrInvalidAxon, "url is %q: %s; want http://host:port or https://host:port, perhaps with a path", s, what)
	}
	_, rest, ok := cutScheme(s)
	switch {
	case !ok:
		return refuse("scheme is not http or https")
	case strings.ContainsRune(rest, '@'):
		return refuse("it has user info")
	case strings.ContainsRune(rest, '#'):
		return refuse("it has a fragment")
	case strings.ContainsRune(rest, '?'):
		return refuse("it has a query")
	}
	authority, path := rest, ""
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	i := strings.LastIndexByte(authority, ':')
	if i < 0 || strings.HasSuffix(authority, "]") {
		return refuse("it has no port")
	}
	if !validHost(authority[:i]) {
		return refuse("host is not a name, an IPv4 address or an IPv6 address in brackets")
	}
	port := authority[i+1:]
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || port[0] == '0' {
		return refuse("port is not 1 to 65535")
	}
	if !validPath(path) {
		return refuse("path has a segment that is empty, \".\" or \"..\", or a character other than a-z, A-Z, 0-9, '-', '.', '_', '~' and '/'")
	}
	return nil
}

// validHost says whether a host can be dialled as it stands.
func validHost(host string) bool {
	if inner, ok := strings.CutPrefix(host, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		addr, err := netip.ParseAddr(inner)
		return ok && err == nil && addr.Is6() && addr.Zone() == ""
	}
	if len(host) == 0 || len(host) > 253 {
		return false
	}
	numeric := true
	labels := strings.Split(host, ".")
	for _, label := range labels {
		if len(label) == 0 || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			c := label[i]
			if !isAlphanumeric(c) && c != '-' {
				return false
			}
		}
	}
	// A name whose last label is a number is read as an IPv4 address by resolvers, so it must be one.
	last := labels[len(labels)-1]
	for i := range len(last) {
		numeric = numeric && last[i] >= '0' && last[i] <= '9'
	}
	if numeric {
		addr, err := netip.ParseAddr(host)
		return err == nil && addr.Is4()
	}
	return true
}

// validPath accepts nothing, or segments behind slashes; one slash may end it.
func validPath(path string) bool {
	path = strings.TrimSuffix(path, "/")
	if path == "" {
		return true
	}
	for _, segment := range strings.Split(path[1:], "/") {
		if segment == "" || segment == "." || segment == ".." {
			return false
		}
		for i := range len(segment) {
			c := segment[i]
			if !isAlphanumeric(c) && c != '-' && c != '.' && c != '_' && c != '~' {
				return false
			}
		}
	}
	return true
}

func isAlphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}
