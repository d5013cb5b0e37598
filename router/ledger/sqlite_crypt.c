/* Hashes, keys, encryption. Integers are big-endian, 8 bytes.
 *
 *   body hash   BLAKE2b-256(salt || body)
 *   entry hash  BLAKE2b-256(format, number, at, kind, referral, feed length or 2^64-1, feed,
 *                           body hash, previous entry hash); before entry 1: 32 zeros
 *   body        XChaCha20-Poly1305, additional data: number
 *   record      nonce || XChaCha20-Poly1305, additional data: table, key (a long one's hash)
 *   seal        fields below, then BLAKE2b-256 keyed
 *
 * The chain needs no key, so that an auditor without one can check it; everything that could show a
 * person is encrypted. The keys are derived from the one body key. */
#include "ledger/sqlite_internal.h"

#include <sodium.h>
#include <string.h>

_Static_assert(RD_LSQL_KEY_BYTES == crypto_kdf_KEYBYTES, "body key is the derivation's key");
_Static_assert(RD_LSQL_KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "cipher key");
_Static_assert(RD_LSQL_NONCE_BYTES == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "nonce");
_Static_assert(RD_LSQL_TAG_BYTES == crypto_aead_xchacha20poly1305_ietf_ABYTES, "tag");

void rd_lsql_put_u64(unsigned char at[8], uint64_t value)
{
    for (int i = 0; i < 8; i++)
        at[i] = (unsigned char)(value >> (56 - 8 * i));
}

uint64_t rd_lsql_get_u64(const unsigned char at[8])
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value = value << 8 | at[i];
    return value;
}

void rd_lsql_keys_derive(const unsigned char body_key[RD_LSQL_KEY_BYTES], struct rd_lsql_keys *keys)
{
    crypto_kdf_derive_from_key(keys->body, sizeof keys->body, 1, "rdledger", body_key);
    crypto_kdf_derive_from_key(keys->record, sizeof keys->record, 2, "rdledger", body_key);
    crypto_kdf_derive_from_key(keys->seal, sizeof keys->seal, 3, "rdledger", body_key);
    crypto_kdf_derive_from_key(keys->check, sizeof keys->check, 4, "rdledger", body_key);
}

void rd_lsql_body_hash(const unsigned char salt[RD_LSQL_SALT_BYTES], struct rd_text body,
                       unsigned char hash[RD_LEDGER_HASH_BYTES])
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, RD_LEDGER_HASH_BYTES);
    crypto_generichash_update(&state, salt, RD_LSQL_SALT_BYTES);
    if (body.len > 0)
        crypto_generichash_update(&state, (const unsigned char *)body.ptr, body.len);
    crypto_generichash_final(&state, hash, RD_LEDGER_HASH_BYTES);
}

void rd_lsql_chain(uint64_t format, const struct rd_ledger_entry *entry,
                   const unsigned char body_hash[RD_LEDGER_HASH_BYTES],
                   struct rd_ledger_head *chain)
{
    const uint64_t fields[] = {
        format,      entry->number,   (uint64_t)entry->at,
        entry->kind, entry->referral, rd_text_present(entry->feed) ? entry->feed.len : UINT64_MAX};
    unsigned char packed[sizeof fields];
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        rd_lsql_put_u64(packed + 8 * i, fields[i]);
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, RD_LEDGER_HASH_BYTES);
    crypto_generichash_update(&state, packed, sizeof packed);
    if (entry->feed.len > 0)
        crypto_generichash_update(&state, (const unsigned char *)entry->feed.ptr, entry->feed.len);
    crypto_generichash_update(&state, body_hash, RD_LEDGER_HASH_BYTES);
    crypto_generichash_update(&state, chain->hash, RD_LEDGER_HASH_BYTES);
    crypto_generichash_final(&state, chain->hash, RD_LEDGER_HASH_BYTES);
    chain->number = entry->number;
}

void rd_lsql_body_seal(const struct rd_lsql_keys *keys, uint64_t number, struct rd_text body,
                       const unsigned char nonce[RD_LSQL_NONCE_BYTES], unsigned char *cipher)
{
    unsigned char bound[8];
    rd_lsql_put_u64(bound, number);
    crypto_aead_xchacha20poly1305_ietf_encrypt(cipher, NULL, (const unsigned char *)body.ptr,
                                               body.len, bound, sizeof bound, NULL, nonce,
                                               keys->body);
}

bool rd_lsql_body_open(const struct rd_lsql_keys *keys, uint64_t number,
                       const unsigned char nonce[RD_LSQL_NONCE_BYTES], const unsigned char *cipher,
                       size_t cipher_len, unsigned char *plain)
{
    unsigned char bound[8];
    rd_lsql_put_u64(bound, number);
    return crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, cipher, cipher_len, bound,
                                                      sizeof bound, nonce, keys->body) == 0;
}

void rd_lsql_erased_mark(const struct rd_lsql_keys *keys, uint64_t number,
                         unsigned char mark[RD_LSQL_MAC_BYTES])
{
    unsigned char message[6 + 8] = "erased";
    rd_lsql_put_u64(message + 6, number);
    crypto_generichash(mark, RD_LSQL_MAC_BYTES, message, sizeof message, keys->seal,
                       sizeof keys->seal);
}

/* The additional data of a record: table and key; of a long key its hash, which the first byte (a
 * table has 32 bits) tells from a key of that length. */
struct bound {
    unsigned char bytes[8 + 120];
    size_t len;
};

static void record_bound(uint32_t table, struct rd_text key, struct bound *bound)
{
    rd_lsql_put_u64(bound->bytes, table);
    if (key.len <= sizeof bound->bytes - 8) {
        if (key.len > 0)
            memcpy(bound->bytes + 8, key.ptr, key.len);
        bound->len = 8 + key.len;
        return;
    }
    bound->bytes[0] = 0xff;
    crypto_generichash(bound->bytes + 8, RD_LEDGER_HASH_BYTES, (const unsigned char *)key.ptr,
                       key.len, NULL, 0);
    bound->len = 8 + RD_LEDGER_HASH_BYTES;
}

void rd_lsql_record_seal(const struct rd_lsql_keys *keys, uint32_t table, struct rd_text key,
                         struct rd_text value, const unsigned char nonce[RD_LSQL_NONCE_BYTES],
                         unsigned char *sealed)
{
    struct bound bound;
    record_bound(table, key, &bound);
    memcpy(sealed, nonce, RD_LSQL_NONCE_BYTES);
    crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + RD_LSQL_NONCE_BYTES, NULL,
                                               (const unsigned char *)value.ptr, value.len,
                                               bound.bytes, bound.len, NULL, sealed, keys->record);
}

bool rd_lsql_record_open(const struct rd_lsql_keys *keys, uint32_t table, struct rd_text key,
                         struct rd_text sealed, unsigned char *plain)
{
    if (sealed.len < RD_LSQL_NONCE_BYTES + RD_LSQL_TAG_BYTES)
        return false;
    struct bound bound;
    record_bound(table, key, &bound);
    const unsigned char *bytes = (const unsigned char *)sealed.ptr;
    return crypto_aead_xchacha20poly1305_ietf_decrypt(
               plain, NULL, NULL, bytes + RD_LSQL_NONCE_BYTES, sealed.len - RD_LSQL_NONCE_BYTES,
               bound.bytes, bound.len, bytes, keys->record) == 0;
}

/* Layout: key check 16, commit 8, number 8, hash 32, incarnation 8, records 8, digest 16,
 * restored 1, mac 32. */
void rd_lsql_seal_pack(const struct rd_lsql_keys *keys, const struct rd_lsql_seal *seal,
                       unsigned char out[RD_LSQL_SEAL_BYTES])
{
    memcpy(out, keys->check, 16);
    rd_lsql_put_u64(out + 16, seal->commit);
    rd_lsql_put_u64(out + 24, seal->head.number);
    memcpy(out + 32, seal->head.hash, 32);
    rd_lsql_put_u64(out + 64, seal->incarnation);
    rd_lsql_put_u64(out + 72, seal->records);
    memcpy(out + 80, seal->digest, 16);
    out[96] = seal->restored ? 1 : 0;
    crypto_generichash(out + 97, RD_LSQL_MAC_BYTES, out, 97, keys->seal, sizeof keys->seal);
}

enum rd_err rd_lsql_seal_unpack(const struct rd_lsql_keys *keys, struct rd_text bytes,
                                struct rd_lsql_seal *out, struct rd_errbuf *why)
{
    if (bytes.len != RD_LSQL_SEAL_BYTES)
        return rd_fail(why, RD_E_CORRUPT, "ledger.db: its seal has %zu bytes, not %d; %s",
                       bytes.len, RD_LSQL_SEAL_BYTES, RD_LSQL_ADVICE);
    const unsigned char *at = (const unsigned char *)bytes.ptr;
    if (sodium_memcmp(at, keys->check, 16) != 0)
        return rd_fail(why, RD_E_DENIED,
                       "ledger.db was written with another body key (or its seal is damaged): give "
                       "the key file that belongs to this ledger");
    unsigned char mac[RD_LSQL_MAC_BYTES];
    crypto_generichash(mac, sizeof mac, at, 97, keys->seal, sizeof keys->seal);
    if (sodium_memcmp(mac, at + 97, sizeof mac) != 0)
        return rd_fail(why, RD_E_CORRUPT, "ledger.db: its seal is damaged; %s", RD_LSQL_ADVICE);
    *out = (struct rd_lsql_seal){
        .commit = rd_lsql_get_u64(at + 16),
        .head = {.number = rd_lsql_get_u64(at + 24)},
        .incarnation = rd_lsql_get_u64(at + 64),
        .records = rd_lsql_get_u64(at + 72),
        .restored = at[96] == 1,
    };
    memcpy(out->head.hash, at + 32, 32);
    memcpy(out->digest, at + 80, 16);
    return RD_OK;
}
