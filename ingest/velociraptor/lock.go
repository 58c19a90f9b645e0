package velociraptor

import (
	"archive/zip"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/velocicompanion/velocicompanion/ingest"
)

// Velociraptor locks an export by putting it, as data.zip, into another zip, where it is encrypted as WinZip does: AE-2
// with AES in counter mode, its keys derived from the password by PBKDF2, and an HMAC over the encrypted bytes behind
// them. https://www.winzip.com/en/support/aes-encryption/ describes it.
const (
	aesExtra      = 0x9901
	aesIterations = 1000
	verifierSize  = 2
	macSize       = 10
)

// unlock decrypts a member into a file of its own. Nothing of it is looked at before its HMAC was found right.
func (a *Archive) unlock(ctx context.Context, b *ingest.Batch, c *container) (*ingest.Spooled, error) {
	password, err := a.password(b, c)
	if err != nil {
		return nil, err
	}
	r, err := newAESReader(c.inner, password)
	if err != nil {
		return nil, err
	}
	return b.Spool(ctx, r)
}

// password returns the password of the locked archive: the given one, or the one that its metadata.json holds for the
// owner of a key.
func (a *Archive) password(b *ingest.Batch, c *container) (string, error) {
	if c.metadata == nil {
		if a.Password == "" {
			return "", &ingest.InputError{
				Place: c.inner.Name, Reason: "the export is locked with a password: give the password with it",
			}
		}
		return a.Password, nil
	}
	var locks []lock
	if err := newMembers(b, a.Size).decode(c.metadata, &locks); err != nil {
		return "", err
	}
	for _, l := range locks {
		if password, key := l.open(a.Keys); key != nil {
			return password, a.tellOf(key)
		}
	}
	if a.Password != "" {
		return a.Password, nil
	}
	return "", &ingest.InputError{
		Place: c.metadata.Name,
		Reason: "the collection is locked for the owner of a key that is not configured here: " +
			"configure its private key, or give the password, or import the collection into Velociraptor and export the flow",
	}
}

// tellOf tells KeyUsed of a key.
func (a *Archive) tellOf(key *rsa.PrivateKey) error {
	if a.KeyUsed == nil {
		return nil
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return fmt.Errorf("velociraptor: naming a key: %w", err)
	}
	sum := sha256.Sum256(public)
	a.KeyUsed(hex.EncodeToString(sum[:]))
	return nil
}

// lock is an entry of metadata.json: the password of an archive, encrypted for somebody.
type lock struct {
	EncryptedPass string
	Scheme        string
}

// open returns the password and the key that opened it, or no key.
func (l lock) open(keys []*rsa.PrivateKey) (password string, with *rsa.PrivateKey) {
	sealed, err := base64.StdEncoding.DecodeString(l.EncryptedPass)
	if err != nil || l.Scheme != "x509" {
		return "", nil
	}
	for _, key := range keys {
		if opened, err := rsa.DecryptOAEP(sha512.New(), nil, key, sealed, nil); err == nil {
			return string(opened), key
		}
	}
	return "", nil
}

// aesReader decrypts the bytes of a member and ends with an error when their HMAC is wrong.
type aesReader struct {
	name   string
	r      io.Reader // the encrypted bytes, without the HMAC
	raw    io.Reader // what r is the beginning of
	stream cipher.Stream
	mac    hash.Hash
}

func newAESReader(file *zip.File, password string) (io.Reader, error) {
	keySize, err := aesKeySize(file)
	if err != nil {
		return nil, err
	}
	raw, err := file.OpenRaw()
	if err != nil {
		return nil, damaged(file.Name, err)
	}
	saltSize := keySize / 2
	size := int64(file.CompressedSize64) - int64(saltSize+verifierSize+macSize)
	head := make([]byte, saltSize+verifierSize)
	if _, err := io.ReadFull(raw, head); err != nil || size < 0 {
		return nil, damaged(file.Name, io.ErrUnexpectedEOF)
	}
	keys, err := pbkdf2.Key(sha1.New, password, head[:saltSize], aesIterations, 2*keySize+verifierSize)
	if err != nil {
		return nil, fmt.Errorf("velociraptor: derive the keys of an archive: %w", err)
	}
	if subtle.ConstantTimeCompare(keys[2*keySize:], head[saltSize:]) == 0 {
		return nil, &ingest.InputError{Place: file.Name, Reason: "the password is wrong"}
	}
	block, err := aes.NewCipher(keys[:keySize])
	if err != nil {
		return nil, fmt.Errorf("velociraptor: decrypt an archive: %w", err)
	}
	return &aesReader{
		name: file.Name, r: io.LimitReader(raw, size), raw: raw,
		stream: &littleEndianCTR{block: block}, mac: hmac.New(sha1.New, keys[keySize:2*keySize]),
	}, nil
}

// aesKeySize returns the size of the keys of a member, which its extra field names.
func aesKeySize(file *zip.File) (int, error) {
	unsupported := &ingest.InputError{
		Place: file.Name, Err: ingest.ErrUnsupported,
		Reason: "is encrypted in another way than Velociraptor's, which is WinZip's AES without compression",
	}
	for extra := file.Extra; len(extra) >= 4; {
		id, size := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		if extra = extra[4:]; size > len(extra) {
			break
		}
		if id == aesExtra && size == 7 {
			strength, method := int(extra[4]), binary.LittleEndian.Uint16(extra[5:])
			if strength < 1 || strength > 3 || method != zip.Store {
				return 0, unsupported
			}
			return 8 + 8*strength, nil
		}
		extra = extra[size:]
	}
	return 0, unsupported
}

func (r *aesReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	r.mac.Write(p[:n])
	r.stream.XORKeyStream(p[:n], p[:n])
	if err == io.EOF {
		return n, r.end()
	}
	if err != nil {
		err = damaged(r.name, err)
	}
	return n, err
}

// end returns io.EOF when all that was read is what was encrypted.
func (r *aesReader) end() error {
	var mac [macSize]byte
	if _, err := io.ReadFull(r.raw, mac[:]); err != nil {
		return damaged(r.name, io.ErrUnexpectedEOF)
	}
	if !hmac.Equal(mac[:], r.mac.Sum(nil)[:macSize]) {
		return &ingest.InputError{
			Place:  r.name,
			Reason: "was changed after it was encrypted, or the password is wrong: export and send it again",
		}
	}
	return io.EOF
}

// littleEndianCTR is AES in counter mode with a counter that begins with 1 and has its lowest byte first, unlike
// crypto/cipher's.
type littleEndianCTR struct {
	block   cipher.Block
	counter uint64
	key     [aes.BlockSize]byte
	left    int // bytes of key that were not used
}

// XORKeyStream implements [cipher.Stream].
func (c *littleEndianCTR) XORKeyStream(dst, src []byte) {
	for len(src) > 0 {
		if c.left == 0 {
			c.counter++
			var plain [aes.BlockSize]byte
			binary.LittleEndian.PutUint64(plain[:], c.counter)
			c.block.Encrypt(c.key[:], plain[:])
			c.left = aes.BlockSize
		}
		n := subtle.XORBytes(dst, src, c.key[aes.BlockSize-c.left:])
		dst, src, c.left = dst[n:], src[n:], c.left-n
	}
}

// ParseKey reads an RSA private key in PEM, as PKCS #8 or PKCS #1: what Velociraptor's configuration has as
// Frontend.private_key opens the collectors that were made for its server.
func ParseKey(text []byte) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errNoKey
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	if key, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
		if key, ok := key.(*rsa.PrivateKey); ok {
			return key, nil
		}
	}
	return nil, errNoKey
}

var errNoKey = errors.New("velociraptor: there is no RSA private key in PEM, unencrypted as PKCS #8 or PKCS #1")
