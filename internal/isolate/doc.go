// Package isolate keeps work in begin- and end-block apart: what one item of it fails at is its own, and the chain goes on. Every
// module does it in this one way. It decides nothing: what becomes of an item that failed is its module's to say.
package isolate
