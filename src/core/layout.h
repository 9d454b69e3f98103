// Where things are in an interpreter's structs and in our own, as plain data for the compiler library.
#pragma once
#include <cstdint>

extern "C" {
// One inline poll test: read `width` bytes at base+offset, compare with zero or with CodeData::clean; unequal = poll hit.
enum JJPollBase : int32_t { JJ_POLL_THREAD, JJ_POLL_THREAD_FIELD, JJ_POLL_INTERP, JJ_POLL_CODE };
struct JJPollTest {
  int32_t base;   // JJPollBase
  int32_t deref;  // JJ_POLL_THREAD_FIELD: offset in the thread state of the pointer to follow first
  int32_t offset;
  int32_t width;          // 1, 4 or 8
  int32_t against_clean;  // 0: zero, 1: CodeData::clean
};

// Where things are in this interpreter's structs and in our CodeData. Filled by the module with offsetof, so that no
// layout is ever typed by hand into generated code.
struct JJLayout {
  int32_t python;             // 310..313
  int32_t frame_slots;        // Frame -> first fast local
  int32_t frame_ip;           // Frame -> instruction pointer
  int32_t ip_is_index;        // 1: int32 code-unit index (3.10); 0: pointer, instr_base + 2 * index
  int32_t refcnt;             // PyObject -> reference count
  int32_t immortal;           // 1: 32-bit count, negative or saturated means immortal (3.12+); 0: 64-bit plain count
  int32_t cd_instr_base;      // CodeData -> pointer to first code unit
  int32_t cd_clean;           // CodeData -> uint64 poll word
  int32_t cd_interp;          // CodeData -> PyInterpreterState*
  int32_t cd_code;            // CodeData -> PyCodeObject*
  int32_t cd_backedges;       // CodeData -> uint64 counter
  int32_t cd_backedge_limit;  // CodeData -> uint64: from this count on, every back-edge calls jj_backedge
  int32_t cd_tail;            // CodeData -> first constant; caches follow the constants, 64-byte aligned
  int32_t cache_handler;  // Cache of a call -> function that performs it now; 0: the helper of its layout always does
  int32_t npolls;
  JJPollTest polls[4];
  // What optimised code reads and writes inline. Offsets from the start of the object.
  int32_t type;          // PyObject -> ob_type
  int32_t type_version;  // PyTypeObject -> tp_version_tag (uint32)
  int32_t long_size;     // int: 3.10, 3.11 number of digits with the sign of the value (int64); 3.12+ lv_tag (uint64):
                         // number of digits << 3 | 0 positive, 1 zero, 2 negative
  int32_t long_tagged;   // 1: lv_tag
  int32_t long_digits;   // int: uint32 digits of 30 bits, lowest first
  int32_t float_value;   // float: double
  int32_t list_items;    // list: pointer to PyObject*[]
  int32_t var_size;      // list, tuple, bytes: int64 length
  int32_t list_room;     // list: int64, how many items there is memory for
  int32_t str_length;    // str: int64
  int32_t str_state;     // str: uint32, where all these bits are set if the text is ASCII and lies at an offset
  int32_t str_ascii;
  int32_t str_text;
  int32_t tuple_items;      // tuple: PyObject*[] in place
  int32_t bytes_items;      // bytes: in place
  int32_t bytearray_items;  // bytearray: pointer to its bytes
  int32_t array_items;      // array.array: pointer to its items
  int32_t array_kind;       // array.array: pointer to a description of its items, whose first byte is their typecode
  int32_t range_next;       // range iterator, 3.12+: int64 next value (advances); 3.10, 3.11: start (does not)
  int32_t range_step;       // int64
  int32_t range_len;        // 3.12+: items left; 3.10, 3.11: items in all (does not change)
  int32_t range_index;      // 3.10, 3.11: int64 items taken; 3.12+: -1
  int32_t list_iter_index;  // list iterator: int64; and the list it is over (null when exhausted)
  int32_t list_iter_list;
  int32_t tuple_iter_index;  // tuple iterator: the same
  int32_t tuple_iter_tuple;
  int32_t zip_length, zip_parts, zip_strict;  // zip -> int64 number of iterators, tuple of them, int32 flag
  int32_t enumerate_index, enumerate_part;    // enumerate -> int64 next number, iterator
  int32_t dict_iter_entry, dict_iter_left;    // iterator of a dict -> int64 next entry, items left
  int32_t complex_value;                      // complex -> two doubles
  int32_t module_dict;                        // module -> dict
  int32_t cfunction_row;                      // built-in function -> its row in a table of its module
  int32_t generator_frame;                    // generator -> its Frame, 3.10: to the pointer to that
  int32_t generator_has_frame;                // 1: it is part of the generator
  int32_t frame_object;     // Frame -> PyFrameObject* or null (3.11+); -1 on 3.10, where the frame is the object
  int32_t locals_writable;  // 1: a callee can write a frame's locals once it has a frame object (3.13)
  // Namespaces and instances. A dict's version changes with every change of the dict and belongs to no other dict.
  int32_t frame_globals, frame_builtins;                                      // Frame -> dict
  int32_t dict_version;                                                       // uint64
  int32_t cache_globals_version, cache_builtins_version, cache_global_value;  // Cache of a global that GlobalPeek noted
  int32_t values_kind;                                                        // JJValuesKind
  int32_t values_pointer;          // instance -> word that points to its values; before the object
  int32_t values_items;            // from where that word points, or from the values inside an instance -> PyObject*[]
  int32_t values_valid;            // JJ_VALUES_INLINE: values -> uint8
  int32_t managed_dict;            // JJ_VALUES_INLINE: instance -> dict or null; before the object
  int32_t dict_keys, dict_values;  // JJ_VALUES_SPLIT: dict -> keys, values
  int32_t gc_next;                 // the same: object -> word that is 0 while the collector does not know it; before it
  int32_t type_shared_keys;        // class -> keys that its instances share
  int32_t function_code, function_globals, function_builtins, function_defaults, function_kwdefaults,
      function_closure;     // function -> object
  int32_t cell_contents;    // cell -> object
  int32_t recursion_left;   // thread state -> int32: calls that are left, less than 1 is none; -1: the next two tell
  int32_t recursion_depth;  // thread state -> int32 (3.10)
  int32_t recursion_limit;  // interpreter state -> int32 (3.10)
  int32_t keys_count;       // keys -> int64: how many
};

// Where an instance keeps values of attributes whose places all instances of its class share.
enum JJValuesKind : int32_t {
  JJ_VALUES_NONE,     // nowhere
  JJ_VALUES_SPLIT,    // 3.10: in its dict, at an offset that its class tells, as long as that has the class's keys
  JJ_VALUES_POINTER,  // 3.11: behind a pointer, which is null when they have moved into a dict
  JJ_VALUES_TAGGED,   // 3.12: the word's lowest bit is 1, or it points to a dict
  JJ_VALUES_INLINE    // 3.13: at an offset that its class tells, with a flag that says whether they are valid
};

}  // extern "C"
