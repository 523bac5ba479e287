package main

import (
	"errors"
	"net"
	"sync"
	"time"
)

// links stand between the nodes: one for each ordered pair, since which of two dials is left to chance. While a pair is cut, what is sent
// waits, as it does in a network that loses packets: no connection breaks until one side gives up on it.
type links struct {
	mu   sync.Mutex
	by   map[pair]*link
	done sync.WaitGroup
	gone chan struct{}
}

// pair is who dials and who is dialled.
type pair struct{ from, to int }

func newLinks() *links { return &links{by: map[pair]*link{}, gone: make(chan struct{})} }

// link relays connections to one address.
type link struct {
	all      *links
	target   string
	listener net.Listener

	mu    sync.Mutex
	open  chan struct{} // closed while the link is open
	delay time.Duration
	conns map[net.Conn]bool
}

// peer makes the link from a node to another and says where it listens; it is a localnet.Config's Peer.
func (l *links) peer(from, to int, address string) (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	k := &link{all: l, target: address, listener: listener, open: make(chan struct{}), conns: map[net.Conn]bool{}}
	close(k.open)
	l.mu.Lock()
	l.by[pair{from, to}] = k
	l.mu.Unlock()
	l.done.Go(k.accept)
	return listener.Addr().String(), nil
}

// close ends all links and waits for them.
func (l *links) close() {
	close(l.gone)
	l.each(func(_ pair, k *link) {
		k.listener.Close()
		k.drop()
	})
	l.done.Wait()
}

func (l *links) each(do func(pair, *link)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for p, k := range l.by {
		do(p, k)
	}
}

// cut cuts some nodes off from all others; they still reach each other.
func (l *links) cut(off ...int) {
	side := map[int]bool{}
	for _, node := range off {
		side[node] = true
	}
	l.each(func(p pair, k *link) { k.set(side[p.from] == side[p.to]) })
}

// heal opens all links.
func (l *links) heal() { l.each(func(_ pair, k *link) { k.set(true) }) }

// slow delays what the links of a node carry, both ways; below 0 nodes, of all.
func (l *links) slow(node int, delay time.Duration) {
	l.each(func(p pair, k *link) {
		if node < 0 || p.from == node || p.to == node {
			k.mu.Lock()
			k.delay = delay
			k.mu.Unlock()
		}
	})
}

// drop breaks all connections of a node.
func (l *links) drop(node int) {
	l.each(func(p pair, k *link) {
		if p.from == node || p.to == node {
			k.drop()
		}
	})
}

func (k *link) set(open bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	select {
	case <-k.open:
		if !open {
			k.open = make(chan struct{})
		}
	default:
		if open {
			close(k.open)
		}
	}
}

func (k *link) drop() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for c := range k.conns {
		c.Close()
	}
}

// state is the gate and the delay of what is sent now.
func (k *link) state() (open <-chan struct{}, delay time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.open, k.delay
}

// wait waits until the link is open; false when all links end.
func (k *link) wait() bool {
	for {
		open, _ := k.state()
		select {
		case <-open:
			return true
		case <-k.all.gone:
			return false
		}
	}
}

// keep notes a connection, so that drop finds it.
func (k *link) keep(c net.Conn) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.conns[c] = true
	select {
	case <-k.all.gone: // close has been through the list
		c.Close()
	default:
	}
}

// forget closes a connection.
func (k *link) forget(c net.Conn) {
	c.Close()
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.conns, c)
}

func (k *link) accept() {
	for {
		in, err := k.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		k.all.done.Go(func() { k.relay(in) })
	}
}

// relay joins a connection to one of its own to the target, until either side ends.
func (k *link) relay(in net.Conn) {
	k.keep(in)
	defer k.forget(in)
	if !k.wait() {
		return
	}
	out, err := net.DialTimeout("tcp", k.target, 5*time.Second)
	if err != nil {
		return
	}
	k.keep(out)
	defer k.forget(out)
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{in, out}, {out, in}} {
		both.Go(func() {
			k.pipe(way[0], way[1])
			in.Close()
			out.Close()
		})
	}
	both.Wait()
}

// piece is what was read, and when it may be passed on.
type piece struct {
	due   time.Time
	bytes []byte
}

// pipe passes on what comes from one side, each piece as late as the link is slow, and nothing while the link is cut.
func (k *link) pipe(from, to net.Conn) {
	pieces := make(chan piece, 64)
	var writer sync.WaitGroup
	writer.Go(func() {
		for p := range pieces {
			time.Sleep(time.Until(p.due))
			if !k.wait() {
				break
			}
			if _, err := to.Write(p.bytes); err != nil {
				break
			}
		}
		from.Close()
		for range pieces { // the reader must not wait for a writer that has gone
		}
	})
	for {
		buf := make([]byte, 32<<10)
		n, err := from.Read(buf)
		if n > 0 {
			_, delay := k.state()
			pieces <- piece{time.Now().Add(delay), buf[:n]}
		}
		if err != nil {
			break
		}
	}
	close(pieces)
	writer.Wait()
}
