package customer

import (
	"hash/maphash"
	"math/bits"
)

// slotBytes is how much of a hash is kept of each key: together with the place where it stands, 40 bits make it a chance of
// one in a hundred thousand that two keys of a million rows are taken for one. That would only make a row fill gaps
// instead of changing what is there. The whole hash would take 8 bytes.
const slotBytes = 5

// seen is the set of those whom earlier rows of a file were about. For a million rows it takes 13 MB, where a map of strings
// would take twenty times as much.
type seen struct {
	slots       []byte
	mails, exts maphash.Seed
}

// key is what the set knows somebody by: a hash of a mail address or of an external id.
type key uint64

func (s *seen) mail(norm string) key { return key(maphash.String(s.mails, norm)) }

func (s *seen) ext(id string) key { return key(maphash.String(s.exts, id)) }

// newSeen returns a set for two keys of each row. It does not grow: for a moment that would take three times the room.
func newSeen(rows int64) *seen {
	return &seen{slots: make([]byte, slotBytes*(rows*5/2+16)), mails: maphash.MakeSeed(), exts: maphash.MakeSeed()}
}

func (s *seen) has(k key) bool {
	slot, mark := s.find(k)
	return slotMark(slot) == mark
}

func (s *seen) add(k key) {
	slot, mark := s.find(k)
	copy(slot, mark[:])
}

type slotMark [slotBytes]byte

// find returns the slot of the key, or the empty one where it belongs, and what stands there when the key is in the set.
func (s *seen) find(k key) ([]byte, slotMark) {
	h := uint64(k)
	// Never all zeros, which is an empty slot.
	mark := slotMark{byte(h) | 1, byte(h >> 8), byte(h >> 16), byte(h >> 24), byte(h >> 32)}
	n := uint64(len(s.slots) / slotBytes)
	for i, _ := bits.Mul64(h, n); ; i = (i + 1) % n {
		slot := s.slots[i*slotBytes : (i+1)*slotBytes]
		if there := slotMark(slot); there == mark || there == (slotMark{}) {
			return slot, mark
		}
	}
}
