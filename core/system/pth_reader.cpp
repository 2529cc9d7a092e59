#include "core/system/pth_reader.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

#include "core/system/checkpoint.h"
#include "core/system/zip_format.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/safetensors.h"

static_assert(std::endian::native == std::endian::little, "storages are little-endian");

namespace kinora::pth {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::size_t kDeepest = 64;                       // nesting of containers
constexpr std::size_t kMostNodes = 4'000'000;              // values of a tree, shared ones counted at every use
constexpr std::size_t kLongestPickle = std::size_t(256) << 20;
constexpr int64_t kSpareBytes = int64_t(256) << 20;        // what tensors that overlap in their storages may take beyond the file
constexpr std::uintmax_t kLargestFile = std::uintmax_t(64) << 30;

/// A cursor that never leaves its bytes.
class Cursor {
public:
    Cursor(Bytes bytes, const std::string& name) : m_bytes(bytes), m_name(name) {}
    template <class T>
    T number()
    {
        T value;
        std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
        return value;
    }
    Bytes take(std::uint64_t count)
    {
        if (count > m_bytes.size() - m_position) throw Error(ErrorCode::Damaged, "ends in the middle of a value: the file is truncated", m_name);
        const Bytes taken = m_bytes.subspan(m_position, static_cast<std::size_t>(count));
        m_position += static_cast<std::size_t>(count);
        return taken;
    }
    std::string text(std::uint64_t count)
    {
        const Bytes taken = take(count);
        return {reinterpret_cast<const char*>(taken.data()), taken.size()};
    }
    std::string line()
    {
        const auto begin = m_bytes.begin() + static_cast<std::ptrdiff_t>(m_position);
        const auto end = std::find(begin, m_bytes.end(), std::byte{'\n'});
        if (end == m_bytes.end()) throw Error(ErrorCode::Damaged, "ends in the middle of a value: the file is truncated", m_name);
        std::string found = text(static_cast<std::uint64_t>(end - begin));
        take(1);
        return found;
    }
    std::size_t position() const { return m_position; }
    bool atEnd() const { return m_position == m_bytes.size(); }

private:
    Bytes m_bytes;
    std::string m_name;
    std::size_t m_position = 0;
};

// --- storages -------------------------------------------------------------------------------------------------------------------------------------

std::optional<torch::ScalarType> storageType(const std::string& global)
{
    static const std::map<std::string, torch::ScalarType> types = {
        {"torch.FloatStorage", torch::kFloat32}, {"torch.DoubleStorage", torch::kFloat64}, {"torch.HalfStorage", torch::kFloat16},
        {"torch.BFloat16Storage", torch::kBFloat16}, {"torch.LongStorage", torch::kInt64}, {"torch.IntStorage", torch::kInt32},
        {"torch.ShortStorage", torch::kInt16}, {"torch.CharStorage", torch::kInt8}, {"torch.ByteStorage", torch::kUInt8}, {"torch.BoolStorage", torch::kBool}};
    const auto found = types.find(global);
    return found == types.end() ? std::nullopt : std::optional(found->second);
}

/// A storage as the object refers to it; the numbers come from the container.
struct StorageReference {
    std::string key;
    torch::ScalarType type = torch::kFloat32;
    int64_t count = 0;
    int64_t viewOffset = 0, viewCount = 0;  // very old files: the tensor's storage is a window into the stored one
};

struct TensorReference {
    StorageReference storage;
    int64_t offset = 0;
    std::vector<int64_t> size, stride;
};

/// What the pickle interpreter works with. Containers are shared by index, as the format's memo wants it.
struct Node {
    enum class Kind { None, Boolean, Integer, Real, Text, Global, Mark, List, Tuple, Dictionary, Storage, Tensor };
    Kind kind = Kind::None;
    int64_t integer = 0;
    double real = 0;
    std::string text;               // Text; Global "module.name"
    std::vector<std::size_t> items;  // List, Tuple; Dictionary: key, value, key, value
    std::size_t reference = 0;      // Storage, Tensor
};

// --- the pickle interpreter -----------------------------------------------------------------------------------------------------------------------

/// Runs one pickle. Only the opcodes that data needs exist; the only callables are those that rebuild tensors and dictionaries, done here.
class Interpreter {
public:
    Interpreter(Cursor& input, const std::string& name) : m_input(input), m_name(name) {}

    std::size_t run()
    {
        if (m_input.number<std::uint8_t>() != 0x80) damaged("does not start with a pickle");
        if (const int protocol = m_input.number<std::uint8_t>(); protocol < 2 || protocol > 5) damaged("has pickle protocol " + std::to_string(protocol) + ", expected 2 to 5");
        m_stack.clear();
        m_memo.clear();
        for (;;) {
            if (m_nodes.size() > kMostNodes) damaged("holds more than " + std::to_string(kMostNodes) + " values");
            const auto opcode = m_input.number<std::uint8_t>();
            if (opcode == '.') return pop();
            execute(opcode);
        }
    }

    const Node& node(std::size_t index) const { return m_nodes[index]; }
    const std::vector<TensorReference>& tensors() const { return m_tensors; }

private:
    [[noreturn]] void damaged(const std::string& what) const { throw Error(ErrorCode::Damaged, what, m_name); }
    [[noreturn]] void refuse(const std::string& global) const
    {
        throw Error(ErrorCode::Damaged, "holds the object '" + printable(global) + "', which is not data and is not loaded; save the state dict alone: in the program that wrote it, torch.save(module.state_dict(), FILE), or {name: module.state_dict(), ...} for several modules", m_name);
    }
    static std::string printable(std::string text)
    {
        if (text.size() > 120) text = text.substr(0, 120) + "...";
        for (char& c : text)
            if (static_cast<unsigned char>(c) < 32 || c == 127) c = '?';
        return text;
    }

    std::size_t add(Node node)
    {
        m_nodes.push_back(std::move(node));
        return m_nodes.size() - 1;
    }
    void push(Node::Kind kind) { m_stack.push_back(add({kind})); }
    void pushInteger(int64_t value, Node::Kind kind = Node::Kind::Integer)
    {
        Node node{kind};
        node.integer = value;
        m_stack.push_back(add(std::move(node)));
    }
    void pushText(std::string text, Node::Kind kind = Node::Kind::Text)
    {
        Node node{kind};
        node.text = std::move(text);
        m_stack.push_back(add(std::move(node)));
    }
    std::size_t pop()
    {
        if (m_stack.empty() || m_nodes[m_stack.back()].kind == Node::Kind::Mark) damaged("has a pickle that takes more values than it made");
        const std::size_t top = m_stack.back();
        m_stack.pop_back();
        return top;
    }
    Node& top()
    {
        if (m_stack.empty()) damaged("has a pickle that takes more values than it made");
        return m_nodes[m_stack.back()];
    }
    std::vector<std::size_t> popToMark()
    {
        std::size_t from = m_stack.size();
        while (from > 0 && m_nodes[m_stack[from - 1]].kind != Node::Kind::Mark) --from;
        if (from == 0) damaged("has a pickle with an end but no beginning of a list");
        std::vector<std::size_t> items(m_stack.begin() + static_cast<std::ptrdiff_t>(from), m_stack.end());
        m_stack.resize(from - 1);
        return items;
    }
    void pushTuple(std::vector<std::size_t> items)
    {
        Node node{Node::Kind::Tuple};
        node.items = std::move(items);
        m_stack.push_back(add(std::move(node)));
    }
    void appendTo(Node::Kind kind, const std::vector<std::size_t>& items)
    {
        Node& target = top();
        if (target.kind != kind) damaged("has a pickle that fills something that is no list or dictionary");
        if (kind == Node::Kind::Dictionary && items.size() % 2 != 0) damaged("has a dictionary with a key and no value");
        target.items.insert(target.items.end(), items.begin(), items.end());
    }
    void remember(std::uint64_t slot) { m_memo[slot] = (top(), m_stack.back()); }
    void recall(std::uint64_t slot)
    {
        const auto found = m_memo.find(slot);
        if (found == m_memo.end()) damaged("has a pickle that recalls a value it never stored");
        m_stack.push_back(found->second);
    }

    void execute(std::uint8_t opcode)
    {
        switch (opcode) {
            case 0x80: m_input.take(1); return;                                        // PROTO
            case 0x95: m_input.take(8); return;                                        // FRAME
            case 'N': push(Node::Kind::None); return;                                  // NONE
            case 0x88: pushInteger(1, Node::Kind::Boolean); return;                    // NEWTRUE
            case 0x89: pushInteger(0, Node::Kind::Boolean); return;                    // NEWFALSE
            case 'J': pushInteger(m_input.number<std::int32_t>()); return;             // BININT
            case 'K': pushInteger(m_input.number<std::uint8_t>()); return;             // BININT1
            case 'M': pushInteger(m_input.number<std::uint16_t>()); return;            // BININT2
            case 0x8a: longInteger(m_input.number<std::uint8_t>()); return;            // LONG1
            case 'G': {                                                                // BINFLOAT, big-endian
                Node node{Node::Kind::Real};
                node.real = std::bit_cast<double>(__builtin_bswap64(m_input.number<std::uint64_t>()));
                m_stack.push_back(add(std::move(node)));
                return;
            }
            case 'X': pushText(m_input.text(m_input.number<std::uint32_t>())); return;   // BINUNICODE
            case 0x8c: pushText(m_input.text(m_input.number<std::uint8_t>())); return;   // SHORT_BINUNICODE
            case 0x8d: pushText(m_input.text(m_input.number<std::uint64_t>())); return;  // BINUNICODE8
            case 'U': pushText(m_input.text(m_input.number<std::uint8_t>())); return;    // SHORT_BINSTRING
            case 'T': pushText(m_input.text(m_input.number<std::uint32_t>())); return;   // BINSTRING
            case '(': push(Node::Kind::Mark); return;                                    // MARK
            case ')': pushTuple({}); return;                                             // EMPTY_TUPLE
            case 't': pushTuple(popToMark()); return;                                    // TUPLE
            case 0x85:
            case 0x86:
            case 0x87: {  // TUPLE1, TUPLE2, TUPLE3
                std::vector<std::size_t> items(opcode - 0x84u);
                for (auto it = items.rbegin(); it != items.rend(); ++it) *it = pop();
                pushTuple(std::move(items));
                return;
            }
            case ']': push(Node::Kind::List); return;                                         // EMPTY_LIST
            case 'a': appendTo(Node::Kind::List, std::vector<std::size_t>{pop()}); return;    // APPEND
            case 'e': appendTo(Node::Kind::List, popToMark()); return;                        // APPENDS
            case '}': push(Node::Kind::Dictionary); return;                                   // EMPTY_DICT
            case 's': {                                                                       // SETITEM
                const std::size_t value = pop(), key = pop();
                appendTo(Node::Kind::Dictionary, {key, value});
                return;
            }
            case 'u': appendTo(Node::Kind::Dictionary, popToMark()); return;       // SETITEMS
            case 'q': remember(m_input.number<std::uint8_t>()); return;            // BINPUT
            case 'r': remember(m_input.number<std::uint32_t>()); return;           // LONG_BINPUT
            case 0x94: remember(m_memo.size()); return;                            // MEMOIZE
            case 'h': recall(m_input.number<std::uint8_t>()); return;              // BINGET
            case 'j': recall(m_input.number<std::uint32_t>()); return;             // LONG_BINGET
            case '0': pop(); return;                                               // POP
            case 'c': {                                                            // GLOBAL
                const std::string module = m_input.line(), name = m_input.line();
                global(module, name);
                return;
            }
            case 0x93: {  // STACK_GLOBAL
                const std::string name = textOf(pop()), module = textOf(pop());
                global(module, name);
                return;
            }
            case 'Q': persistent(); return;  // BINPERSID
            case 'R': reduce(); return;      // REDUCE
            case 'b':                        // BUILD: attributes of an ordered dictionary (_metadata), of no use here
                pop();
                if (top().kind != Node::Kind::Dictionary) damaged("sets attributes of something that is no dictionary");
                return;
            default: damaged("has pickle opcode " + std::to_string(opcode) + ", which data does not need");
        }
    }

    void longInteger(std::uint8_t count)
    {
        if (count > 8) damaged("holds an integer of more than 64 bits");
        const Bytes bytes = m_input.take(count);
        std::uint64_t value = count > 0 && (static_cast<std::uint8_t>(bytes.back()) & 0x80) ? ~std::uint64_t(0) : 0;
        std::memcpy(&value, bytes.data(), count);
        pushInteger(static_cast<int64_t>(value));
    }

    std::string textOf(std::size_t index) const
    {
        if (m_nodes[index].kind != Node::Kind::Text) damaged("has a number or container where a text belongs");
        return m_nodes[index].text;
    }
    int64_t integerOf(std::size_t index) const
    {
        if (m_nodes[index].kind != Node::Kind::Integer) damaged("has no number where one belongs");
        return m_nodes[index].integer;
    }
    std::vector<int64_t> integersOf(std::size_t index) const
    {
        const Node& node = m_nodes[index];
        if (node.kind != Node::Kind::Tuple && node.kind != Node::Kind::List) damaged("has a tensor without a shape");
        std::vector<int64_t> numbers;
        for (const std::size_t item : node.items) numbers.push_back(integerOf(item));
        return numbers;
    }

    /// Only names of this list get onto the stack.
    void global(const std::string& module, const std::string& name)
    {
        static const std::set<std::string> callables = {"collections.OrderedDict", "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_parameter"};
        const std::string full = module + "." + name;
        if (!callables.contains(full) && !storageType(full)) refuse(full);
        pushText(full, Node::Kind::Global);
    }

    /// ('storage', torch.FloatStorage, key, location, count[, view])
    void persistent()
    {
        const Node identity = m_nodes[pop()];
        if (identity.kind != Node::Kind::Tuple || identity.items.size() < 5 || identity.items.size() > 6 || textOf(identity.items[0]) != "storage")
            damaged("refers to outside data that is no tensor storage");
        const Node& type = m_nodes[identity.items[1]];
        const auto scalar = type.kind == Node::Kind::Global ? storageType(type.text) : std::nullopt;
        if (!scalar) damaged("refers to a storage without a type");
        StorageReference storage;
        storage.key = textOf(identity.items[2]);
        storage.type = *scalar;
        textOf(identity.items[3]);  // the device it was saved from: not asked, it becomes CPU memory
        storage.count = storage.viewCount = integerOf(identity.items[4]);
        if (storage.count < 0) damaged("has a storage of negative size");
        if (identity.items.size() == 6 && m_nodes[identity.items[5]].kind != Node::Kind::None) {
            const Node& view = m_nodes[identity.items[5]];  // (key, offset, count)
            if (view.kind != Node::Kind::Tuple || view.items.size() != 3) damaged("has a storage view of an unknown form");
            storage.viewOffset = integerOf(view.items[1]);
            storage.viewCount = integerOf(view.items[2]);
            if (storage.viewOffset < 0 || storage.viewCount < 0 || storage.viewOffset > storage.count || storage.viewCount > storage.count - storage.viewOffset)
                damaged("has a storage view that lies outside its storage");
        }
        m_storages.push_back(storage);
        Node node{Node::Kind::Storage};
        node.reference = m_storages.size() - 1;
        m_stack.push_back(add(std::move(node)));
    }

    void reduce()
    {
        const Node arguments = m_nodes[pop()];
        const Node callable = m_nodes[pop()];
        if (callable.kind != Node::Kind::Global || arguments.kind != Node::Kind::Tuple) damaged("calls something that is no function");
        if (callable.text == "collections.OrderedDict") {
            push(Node::Kind::Dictionary);
            if (!arguments.items.empty()) orderedPairs(arguments.items[0]);
        } else if (callable.text == "torch._utils._rebuild_parameter") {
            if (arguments.items.empty() || m_nodes[arguments.items[0]].kind != Node::Kind::Tensor) damaged("has a parameter without a tensor");
            m_stack.push_back(arguments.items[0]);
        } else if (callable.text.starts_with("torch._utils._rebuild_tensor")) {
            rebuildTensor(arguments.items);
        } else {
            refuse(callable.text);  // a storage type called as a function
        }
    }

    /// Python 2 pickles give OrderedDict its [[key, value], ...] at once.
    void orderedPairs(std::size_t index)
    {
        const std::vector<std::size_t> pairs = m_nodes[index].items;
        if (m_nodes[index].kind != Node::Kind::List) damaged("has an ordered dictionary of an unknown form");
        for (const std::size_t pair : pairs) {
            const std::vector<std::size_t> items = m_nodes[pair].items;
            if ((m_nodes[pair].kind != Node::Kind::List && m_nodes[pair].kind != Node::Kind::Tuple) || items.size() != 2) damaged("has an ordered dictionary of an unknown form");
            appendTo(Node::Kind::Dictionary, items);
        }
    }

    /// (storage, offset, size, stride[, requires_grad, hooks[, metadata]])
    void rebuildTensor(const std::vector<std::size_t>& arguments)
    {
        if (arguments.size() < 4 || m_nodes[arguments[0]].kind != Node::Kind::Storage) damaged("has a tensor without a storage");
        TensorReference tensor;
        tensor.storage = m_storages[m_nodes[arguments[0]].reference];
        tensor.offset = integerOf(arguments[1]);
        tensor.size = integersOf(arguments[2]);
        tensor.stride = integersOf(arguments[3]);
        checkBounds(tensor);
        m_tensors.push_back(std::move(tensor));
        Node node{Node::Kind::Tensor};
        node.reference = m_tensors.size() - 1;
        m_stack.push_back(add(std::move(node)));
    }

    void checkBounds(const TensorReference& tensor)
    {
        if (tensor.size.size() != tensor.stride.size() || tensor.size.size() > 16) damaged("has a tensor whose shape and strides differ in length");
        int64_t elements = 1, last = 0;
        bool empty = false, overflow = tensor.offset < 0;
        for (const int64_t size : tensor.size) {
            if (size < 0) damaged("has a tensor of negative size");
            empty = empty || size == 0;
            overflow = overflow || __builtin_mul_overflow(elements, std::max<int64_t>(size, 1), &elements);
        }
        for (std::size_t i = 0; !empty && i < tensor.size.size(); ++i) {
            int64_t reach = 0;
            overflow = overflow || tensor.stride[i] < 0 || __builtin_mul_overflow(tensor.size[i] - 1, tensor.stride[i], &reach) || __builtin_add_overflow(last, reach, &last);
        }
        if (!overflow && !empty) overflow = __builtin_add_overflow(last, tensor.offset, &last) || last >= tensor.storage.viewCount;
        if (overflow) damaged("has a tensor that reaches outside its storage");
        if (empty) return;
        int64_t bytes = 0;
        if (__builtin_mul_overflow(elements, static_cast<int64_t>(c10::elementSize(tensor.storage.type)), &bytes) || __builtin_add_overflow(m_tensorBytes, bytes, &m_tensorBytes))
            damaged("has tensors larger than any memory");
    }

public:
    /// Bytes of all tensors if every one were copied.
    int64_t tensorBytes() const { return m_tensorBytes; }

private:
    Cursor& m_input;
    std::string m_name;
    std::vector<Node> m_nodes;
    std::vector<std::size_t> m_stack;
    std::unordered_map<std::uint64_t, std::size_t> m_memo;
    std::vector<StorageReference> m_storages;
    std::vector<TensorReference> m_tensors;
    int64_t m_tensorBytes = 0;
};

// --- from nodes to the tree -----------------------------------------------------------------------------------------------------------------------

/// The stored numbers, by storage key; each is copied out of the file once, when the first tensor asks for it.
class Storages {
public:
    explicit Storages(const std::string& name) : m_name(name) {}
    void add(const std::string& key, Bytes bytes) { m_bytes[key] = bytes; }

    torch::Tensor get(const StorageReference& reference)
    {
        const auto bytes = m_bytes.find(reference.key);
        if (bytes == m_bytes.end()) throw Error(ErrorCode::Damaged, "has no data for storage '" + reference.key + "'", m_name);
        const auto size = static_cast<int64_t>(c10::elementSize(reference.type));
        if (reference.count > std::numeric_limits<int64_t>::max() / size || static_cast<std::uint64_t>(reference.count * size) != bytes->second.size())
            throw Error(ErrorCode::Damaged, "storage '" + reference.key + "' has " + std::to_string(bytes->second.size()) + " bytes, its tensors expect " + std::to_string(reference.count) + " numbers of " + std::to_string(size), m_name);
        const auto known = m_loaded.find(reference.key);
        if (known != m_loaded.end()) {
            if (known->second.scalar_type() != reference.type) throw Error(ErrorCode::Damaged, "storage '" + reference.key + "' is used under two types", m_name);
            return known->second;
        }
        torch::Tensor values = torch::empty({reference.count}, reference.type == torch::kBool ? torch::kUInt8 : reference.type);
        if (!bytes->second.empty()) std::memcpy(values.data_ptr(), bytes->second.data(), bytes->second.size());
        if (reference.type == torch::kBool) values = values.ne(0);  // other bytes than 0 and 1 are no booleans
        m_loaded.emplace(reference.key, values);
        return values;
    }

private:
    std::string m_name;
    std::map<std::string, Bytes> m_bytes;
    std::map<std::string, torch::Tensor> m_loaded;
};

class TreeBuilder {
public:
    TreeBuilder(const Interpreter& interpreter, Storages& storages, const std::string& name) : m_interpreter(interpreter), m_storages(storages), m_name(name) {}

    Value build(std::size_t index, std::size_t depth = 0)
    {
        // a value may be used in many places, even inside itself: what counts is the tree
        if (depth > kDeepest) throw Error(ErrorCode::Damaged, "nests its values more than " + std::to_string(kDeepest) + " deep", m_name);
        if (++m_count > kMostNodes) throw Error(ErrorCode::Damaged, "holds more than " + std::to_string(kMostNodes) + " values", m_name);
        const Node& node = m_interpreter.node(index);
        switch (node.kind) {
            case Node::Kind::None: return {};
            case Node::Kind::Boolean: return {node.integer != 0};
            case Node::Kind::Integer: return {node.integer};
            case Node::Kind::Real: return {node.real};
            case Node::Kind::Text: return {node.text};
            case Node::Kind::Tensor: return {tensor(node.reference)};
            case Node::Kind::List:
            case Node::Kind::Tuple: {
                Value::List list;
                for (const std::size_t item : node.items) list.push_back(build(item, depth + 1));
                return {std::move(list)};
            }
            case Node::Kind::Dictionary: return {dictionary(node, depth)};
            default: break;
        }
        throw Error(ErrorCode::Damaged, "holds '" + (node.kind == Node::Kind::Global ? node.text : std::string("a bare storage")) + "' where data belongs", m_name);
    }

private:
    Value::Dictionary dictionary(const Node& node, std::size_t depth)
    {
        Value::Dictionary entries;
        std::map<std::string, std::size_t> places;
        for (std::size_t i = 0; i + 1 < node.items.size(); i += 2) {
            Value key = build(node.items[i], depth + 1), value = build(node.items[i + 1], depth + 1);
            if (const std::string* text = key.text()) {
                const auto [place, isNew] = places.emplace(*text, entries.size());
                if (!isNew) {
                    entries[place->second].second = std::move(value);
                    continue;
                }
            }
            entries.emplace_back(std::move(key), std::move(value));
        }
        return entries;
    }

    torch::Tensor tensor(std::size_t index)
    {
        const auto known = m_tensors.find(index);
        if (known != m_tensors.end()) return known->second;
        const TensorReference& reference = m_interpreter.tensors()[index];
        const torch::Tensor storage = m_storages.get(reference.storage);
        // an empty tensor's strides and offset mean nothing and were not checked
        const torch::Tensor view = c10::multiply_integers(reference.size) == 0 ? torch::empty(reference.size, storage.options())
                                                                               : torch::as_strided(storage, reference.size, reference.stride, reference.storage.viewOffset + reference.offset);
        m_tensors.emplace(index, view);
        return view;
    }

    const Interpreter& m_interpreter;
    Storages& m_storages;
    std::string m_name;
    std::size_t m_count = 0;
    std::map<std::size_t, torch::Tensor> m_tensors;
};

Value finish(const Interpreter& interpreter, std::size_t root, Storages& storages, std::size_t fileSize, const std::string& name)
{
    if (interpreter.tensorBytes() > 4 * static_cast<int64_t>(fileSize) + kSpareBytes)
        throw Error(ErrorCode::Damaged, "has tensors of " + std::to_string(interpreter.tensorBytes() >> 20) + " MB in a file of " + std::to_string(fileSize >> 20) + " MB", name);
    return TreeBuilder(interpreter, storages, name).build(root);
}

// --- the zip container ----------------------------------------------------------------------------------------------------------------------------

/// The entries of a zip file whose contents are stored as they are. Central directory and local headers must agree and no two entries may share bytes.
std::map<std::string, Bytes> zipEntries(Bytes file, const std::string& name)
{
    const auto damaged = [&](const std::string& what) -> Error { return Error(ErrorCode::Damaged, what, name); };
    const auto at = [&](std::uint64_t position, std::uint64_t count) {
        if (position > file.size() || count > file.size() - position) throw damaged("is truncated, or an entry of its zip directory points outside the file");
        return file.subspan(static_cast<std::size_t>(position), static_cast<std::size_t>(count));
    };
    const auto u16 = [&](std::uint64_t position) { return Cursor(at(position, 2), name).number<std::uint16_t>(); };
    const auto u32 = [&](std::uint64_t position) { return Cursor(at(position, 4), name).number<std::uint32_t>(); };
    const auto u64 = [&](std::uint64_t position) { return Cursor(at(position, 8), name).number<std::uint64_t>(); };

    // the end record: 22 bytes and a comment that fills the file
    std::optional<std::uint64_t> end;
    for (std::uint64_t back = 22; back <= std::min<std::uint64_t>(file.size(), 22 + 65535) && !end; ++back)
        if (const std::uint64_t position = file.size() - back; u32(position) == kZipEnd && u16(position + 20) == back - 22) end = position;
    if (!end) throw damaged("has no zip directory: the file is truncated");
    std::uint64_t count = u16(*end + 10), directorySize = u32(*end + 12), directory = u32(*end + 16);
    if ((count == 0xffff || directorySize == 0xffffffff || directory == 0xffffffff) && *end >= 20 && u32(*end - 20) == kZip64Locator) {
        const std::uint64_t record = u64(*end - 20 + 8);
        if (u32(record) != kZip64End) throw damaged("has a zip64 locator that points nowhere");
        count = u64(record + 32);
        directorySize = u64(record + 40);
        directory = u64(record + 48);
    }
    if (directory > *end || directorySize > *end - directory || count > directorySize / 46) throw damaged("has a zip directory that does not fit into the file");

    std::map<std::string, Bytes> entries;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> extents;
    std::uint64_t position = directory;
    for (std::uint64_t i = 0; i < count; ++i) {
        if (position + 46 > directory + directorySize || u32(position) != kZipCentral) throw damaged("has a broken zip directory");
        const std::uint16_t flags = u16(position + 8), method = u16(position + 10), nameLength = u16(position + 28), extraLength = u16(position + 30), commentLength = u16(position + 32);
        const std::uint32_t checksum = u32(position + 16);
        std::uint64_t packed = u32(position + 20), size = u32(position + 24), local = u32(position + 42);
        const Bytes nameBytes = at(position + 46, nameLength);
        const std::string entry(reinterpret_cast<const char*>(nameBytes.data()), nameBytes.size());
        Cursor extra(at(position + 46 + nameLength, extraLength), name);
        while (!extra.atEnd()) {
            const auto id = extra.number<std::uint16_t>();
            Cursor field(extra.take(extra.number<std::uint16_t>()), name);
            if (id != 1) continue;  // zip64: the values that did not fit, in this order
            if (size == 0xffffffff) size = field.number<std::uint64_t>();
            if (packed == 0xffffffff) packed = field.number<std::uint64_t>();
            if (local == 0xffffffff) local = field.number<std::uint64_t>();
        }
        if (method != 0) throw damaged("has a compressed entry '" + entry + "'; checkpoints store their entries uncompressed");
        if (flags & 1) throw damaged("has an encrypted entry '" + entry + "'");
        if (packed != size) throw damaged("has an entry '" + entry + "' with two different sizes");
        if (u32(local) != kZipLocal || u16(local + 8) != 0 || u16(local + 26) != nameLength || !std::ranges::equal(at(local + 30, nameLength), nameBytes))
            throw damaged("has an entry '" + entry + "' whose own header contradicts the zip directory");
        const std::uint64_t begin = local + 30 + nameLength + u16(local + 28);
        if (begin > directory || size > directory - begin) throw damaged("has an entry '" + entry + "' that does not fit into the file");
        const Bytes content = at(begin, size);
        if (!(flags & 8)) {  // sizes in front of the data; otherwise they follow it and the directory's count
            const std::uint32_t localSize = u32(local + 22);
            if (localSize != 0xffffffff && localSize != size) throw damaged("has an entry '" + entry + "' whose own header contradicts the zip directory");
        }
        if (zipChecksum(content) != checksum) throw damaged("has an entry '" + entry + "' with a wrong checksum");
        if (!entries.emplace(entry, content).second) throw damaged("has two entries '" + entry + "'");
        extents.emplace_back(local, begin + size);
        position += 46u + nameLength + extraLength + commentLength;
    }
    std::ranges::sort(extents);
    for (std::size_t i = 1; i < extents.size(); ++i)
        if (extents[i].first < extents[i - 1].second) throw damaged("has entries that overlap");
    return entries;
}

Value readZip(Bytes file, const std::string& name)
{
    const std::map<std::string, Bytes> entries = zipEntries(file, name);
    std::string root;
    for (const auto& [entry, bytes] : entries)
        if (entry.ends_with("/data.pkl") && std::count(entry.begin(), entry.end(), '/') == 1) root = entry.substr(0, entry.size() - 8);
    if (root.empty()) throw Error(ErrorCode::Damaged, "is a zip file without data.pkl: no checkpoint", name);
    if (const auto order = entries.find(root + "byteorder"); order != entries.end() && Cursor(order->second, name).text(order->second.size()) != "little")
        throw Error(ErrorCode::Damaged, "was written on a big-endian machine", name);
    const Bytes pickle = entries.at(root + "data.pkl");
    if (pickle.size() > kLongestPickle) throw Error(ErrorCode::Damaged, "has an object description of more than 256 MB", name);
    Cursor cursor(pickle, name);
    Interpreter interpreter(cursor, name);
    const std::size_t object = interpreter.run();
    Storages storages(name);
    for (const auto& [entry, bytes] : entries)
        if (entry.starts_with(root + "data/")) storages.add(entry.substr(root.size() + 5), bytes);
    return finish(interpreter, object, storages, file.size(), name);
}

// --- the legacy container -------------------------------------------------------------------------------------------------------------------------

/// The pickle of the number 0x1950a86a20f9469cfc6c, which starts every legacy file.
constexpr std::array<std::uint8_t, 15> kLegacyMagic = {0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e};
constexpr int64_t kLegacyVersion = 1001;

Value readLegacy(Bytes file, const std::string& name)
{
    const auto damaged = [&](const std::string& what) -> Error { return Error(ErrorCode::Damaged, what, name); };
    Cursor cursor(file, name);
    cursor.take(kLegacyMagic.size());
    Storages none(name);
    const auto plain = [&] {
        Interpreter interpreter(cursor, name);
        const std::size_t root = interpreter.run();
        return finish(interpreter, root, none, file.size(), name);
    };
    const Value version = plain();
    if (const int64_t* number = std::get_if<int64_t>(&version.data); !number || *number != kLegacyVersion) throw damaged("has an unknown version of the legacy format");
    const Value system = plain();
    if (!system.dictionary()) throw damaged("has no system information where the legacy format has it");
    for (const auto& [key, value] : *system.dictionary())
        if (key.text() && *key.text() == "little_endian" && !(std::get_if<bool>(&value.data) && std::get<bool>(value.data))) throw damaged("was written on a big-endian machine");

    Interpreter interpreter(cursor, name);
    const std::size_t object = interpreter.run();
    const Value keys = plain();
    const Value::List* list = std::get_if<Value::List>(&keys.data);
    if (!list) throw damaged("has no list of storages where the legacy format has it");

    // storages follow as count and numbers; how many bytes a number has is only known from the tensors that use it
    std::map<std::string, std::size_t> elementSizes;
    for (const TensorReference& tensor : interpreter.tensors()) elementSizes[tensor.storage.key] = c10::elementSize(tensor.storage.type);
    Storages storages(name);
    std::set<std::string> seen;
    for (const Value& key : *list) {
        if (!key.text() || !elementSizes.contains(*key.text()) || !seen.insert(*key.text()).second) throw damaged("lists a storage that no tensor uses, or one twice");
        const auto count = cursor.number<std::int64_t>();
        const std::size_t size = elementSizes.at(*key.text());
        if (count < 0 || static_cast<std::uint64_t>(count) > file.size() / size) throw damaged("has a storage larger than the file");
        storages.add(*key.text(), cursor.take(static_cast<std::uint64_t>(count) * size));
    }
    if (!cursor.atEnd()) throw damaged("has surplus bytes after its last storage");
    return finish(interpreter, object, storages, file.size(), name);
}

void collect(const Value& value, const std::string& prefix, std::vector<std::pair<std::string, torch::Tensor>>& into, const std::string& file)
{
    const auto child = [&](const std::string& key, const Value& inner) { collect(inner, prefix.empty() ? key : prefix + "." + key, into, file); };
    if (const torch::Tensor* tensor = value.tensor()) {
        into.emplace_back(prefix, tensor->contiguous().clone());
    } else if (const Value::Dictionary* dictionary = value.dictionary()) {
        for (const auto& [key, inner] : *dictionary) {
            if (key.text())
                child(*key.text(), inner);
            else if (const int64_t* number = std::get_if<int64_t>(&key.data))
                child(std::to_string(*number), inner);
            else
                throw Error(ErrorCode::Damaged, "has a dictionary whose keys are neither texts nor whole numbers", file);
        }
    } else if (const Value::List* list = std::get_if<Value::List>(&value.data)) {
        for (std::size_t i = 0; i < list->size(); ++i) child(std::to_string(i), (*list)[i]);
    }
}
}  // namespace

Value read(std::span<const std::byte> bytes, const std::string& name)
{
    const auto startsWith = [&](auto... values) {
        const std::uint8_t expected[] = {static_cast<std::uint8_t>(values)...};
        return bytes.size() >= sizeof(expected) && std::memcmp(bytes.data(), expected, sizeof(expected)) == 0;
    };
    if (startsWith('P', 'K')) return readZip(bytes, name);
    if (bytes.size() >= kLegacyMagic.size() && std::memcmp(bytes.data(), kLegacyMagic.data(), kLegacyMagic.size()) == 0) return readLegacy(bytes, name);
    throw Error(ErrorCode::Damaged, "is no PyTorch checkpoint: neither a zip file nor the legacy format", name);
}

Value read(const std::filesystem::path& file)
{
    const std::string bytes = readFile(file, kLargestFile);
    return read(std::as_bytes(std::span(bytes)), file.string());
}

std::vector<std::pair<std::string, torch::Tensor>> flatten(const Value& value, const std::string& name)
{
    std::vector<std::pair<std::string, torch::Tensor>> tensors;
    collect(value, "", tensors, name);
    const bool wrapped = !tensors.empty() && std::ranges::all_of(tensors, [](const auto& entry) { return entry.first.starts_with("module."); });
    std::set<std::string> seen;
    for (auto& [key, tensor] : tensors) {
        if (wrapped) key.erase(0, 7);
        if (!seen.insert(key).second) throw Error(ErrorCode::Damaged, "has two tensors '" + key + "'", name);
    }
    return tensors;
}

}  // namespace kinora::pth

namespace kinora {
OfficialWeights readOfficialWeights(const std::filesystem::path& file)
{
    OfficialWeights weights;
    weights.file = file.string();
    if (file.extension() == ".safetensors") {  // converted elsewhere: the same names
        const safetensors::File converted(file);
        for (const auto& [key, view] : converted.tensors()) weights.tensors.emplace(key, toTensor(view));
        if (weights.tensors.empty()) throw Error(ErrorCode::Incompatible, "holds no tensor", weights.file);
        return weights;
    }
    for (auto& [key, tensor] : pth::flatten(pth::read(file), weights.file)) weights.tensors.emplace(key, std::move(tensor));
    if (weights.tensors.empty()) throw Error(ErrorCode::Incompatible, "holds no tensor", weights.file);
    return weights;
}
}  // namespace kinora
