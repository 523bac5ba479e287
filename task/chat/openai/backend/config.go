package backend

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// ErrConfig refuses a setting.
var ErrConfig = errors.New("invalid backend configuration")

// Config is one server.
type Config struct {
	// URL of the server, such as http://127.0.0.1:8000/v1. Without a path, /v1 is put behind it.
	URL string `json:"url"`
	// Model as the server calls it. Empty: the one that it lists, if it lists just one.
	Model string `json:"model,omitempty"`
	// Weight is the server's share of the work beside the others', 1 to 1000. 0: 1.
	Weight int `json:"weight,omitempty"`
	// Concurrency is how many answers it may work on at once, 1 to 4096. 0: 8.
	Concurrency int `json:"concurrency,omitempty"`
	// APIKeyEnv names the environment variable that holds the server's key; empty: it wants none.
	APIKeyEnv string `json:"api_key_env,omitempty"`
	// Context is the context in tokens of a server that does not tell it; 0: unknown.
	Context int `json:"context,omitempty"`
}

// Limits bound the pool. The zero value of a field is its default.
type Limits struct {
	Queue      int           // requests that wait for a server; 0: 64
	QueueWait  time.Duration // longest wait; 0: 5 s
	Connect    time.Duration // to connect, TLS included, each; 0: 5 s
	FirstByte  time.Duration // from a request to its answer, or to the first event of a stream; 0: 2 min
	Stall      time.Duration // between two events of a stream; 0: 30 s
	ProbeEvery time.Duration // between two looks at a server's health; 0: 10 s
	ProbeTime  time.Duration // for a look, and for each request of a probe; 0: 30 s
	Failures   int           // in a row, after which a server is left alone; 0: 3
	LeaveAlone time.Duration // for how long; then one request is tried; 0: 10 s
	MaxAnswer  int64         // bytes of an answer, or of all events of a stream; 0: 8 MiB
	MaxEvent   int           // bytes of one event; 0: 1 MiB
}

func (l Limits) withDefaults() Limits {
	def := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	def(&l.QueueWait, 5*time.Second)
	def(&l.Connect, 5*time.Second)
	def(&l.FirstByte, 2*time.Minute)
	def(&l.Stall, 30*time.Second)
	def(&l.ProbeEvery, 10*time.Second)
	def(&l.ProbeTime, 30*time.Second)
	def(&l.LeaveAlone, 10*time.Second)
	if l.Queue <= 0 {
		l.Queue = 64
	}
	if l.Failures <= 0 {
		l.Failures = 3
	}
	if l.MaxAnswer <= 0 {
		l.MaxAnswer = 8 << 20
	}
	if l.MaxEvent <= 0 {
		l.MaxEvent = 1 << 20
	}
	return l
}

// parse checks a server's configuration and reads its key.
func (c Config) parse(getenv func(string) (string, bool)) (Config, *url.URL, string, error) {
	refuse := func(format string, args ...any) (Config, *url.URL, string, error) {
		return Config{}, nil, "", fmt.Errorf("%w: %s", ErrConfig, fmt.Sprintf(format, args...))
	}
	u, err := url.Parse(c.URL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		// A URL that does not parse may hold a secret anywhere, so it is not said back.
		return refuse("url: want one such as http://127.0.0.1:8000/v1")
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return refuse("url of %s: no user, password, query or fragment; name the variable with the key in api_key_env", u.Host)
	}
	if u.Path = strings.TrimRight(u.Path, "/"); u.Path == "" {
		u.Path = "/v1"
	}
	if c.Weight == 0 {
		c.Weight = 1
	}
	if c.Weight < 1 || c.Weight > 1000 {
		return refuse("weight of %s is %d, want 1 to 1000", u.Host, c.Weight)
	}
	if c.Concurrency == 0 {
		c.Concurrency = 8
	}
	if c.Concurrency < 1 || c.Concurrency > 4096 {
		return refuse("concurrency of %s is %d, want 1 to 4096", u.Host, c.Concurrency)
	}
	if c.Context < 0 {
		return refuse("context of %s is %d, want 0 or more", u.Host, c.Context)
	}
	key := ""
	if c.APIKeyEnv != "" {
		var ok bool
		if key, ok = getenv(c.APIKeyEnv); !ok || key == "" {
			return refuse("api_key_env of %s: the environment has no %.64q", u.Host, c.APIKeyEnv)
		}
		if strings.ContainsAny(key, "\r\n") {
			return refuse("api_key_env of %s: %.64q holds a line break", u.Host, c.APIKeyEnv)
		}
	}
	return c, u, key, nil
}
