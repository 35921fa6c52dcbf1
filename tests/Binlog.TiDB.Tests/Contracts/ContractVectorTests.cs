using System.Text.Json;
using Binlog.TiDB.Contracts;
using Google.Protobuf;
using FileOutput = Binlog.TiDB.Contracts.FileOutput;
using Secondary = Binlog.TiDB.Contracts.Secondary;

namespace Binlog.TiDB.Tests.Contracts;

/// <summary>
/// The declared messages against bytes of the real programs. Unknown fields are thrown away when reading, so equal bytes after
/// writing again mean that every field, its number and its type are declared.
/// </summary>
public sealed class ContractVectorTests
{
    public static TheoryData<string> RowFiles => [.. TestData.VectorNames("rows_")];

    public static TheoryData<string> TypeFiles => [.. TestData.VectorNames("types_")];

    [Theory]
    [MemberData(nameof(RowFiles))]
    public void Binlogs_OfTheRealPrograms_AreRewrittenByteForByte(string file)
    {
        int count = 0;
        foreach (JsonElement text in Texts(TestData.ReadVectors(file)))
        {
            count += text.EnumerateObject().Sum(property => property.Name switch
            {
                "prewrite_binlog_hex" or "commit_binlog_hex" => Check(BinlogRecord.Parser, property.Value),
                "prewrite_value_hex" => Check(PrewriteValue.Parser, property.Value),
                "pb_binlog_hex" => CheckFileOutput(property.Value),
                "kafka_binlog_hex" => Check(Secondary.BinlogRecord.Parser, property.Value),
                _ => 0,
            });
        }

        Assert.True(count >= 2, $"{file} has only {count} binlogs.");
    }

    [Theory]
    [MemberData(nameof(TypeFiles))]
    public void Columns_OfTheRealDrainer_AreRewrittenByteForByte(string name)
    {
        int count = 0;
        foreach (JsonElement vector in TestData.ReadVectors(name).EnumerateArray())
        {
            count += vector.TryGetProperty("drainer_pb_column_hex", out JsonElement file) ? Check(FileOutput.Column.Parser, file) : 0;
            count += vector.TryGetProperty("drainer_kafka_column_hex", out JsonElement topic) ? Check(Secondary.Column.Parser, topic) : 0;
        }

        Assert.True(count > 20, $"{name} has only {count} columns.");
    }

    [Fact]
    public void DrainerOutput_OfTheRecording_IsRewrittenByteForByte()
    {
        int count = 0;
        foreach (string line in TestData.ReadRecordingLines("drainer_output.jsonl.gz"))
        {
            using JsonDocument document = JsonDocument.Parse(line);
            count += CheckFileOutput(document.RootElement.GetProperty("pb"));
            count += Check(Secondary.BinlogRecord.Parser, document.RootElement.GetProperty("kafka"));
        }

        Assert.True(count > 20_000);
    }

    private static int CheckFileOutput(JsonElement hex)
    {
        int count = Check(FileOutput.BinlogRecord.Parser, hex);
        if (count > 0)
        {
            FileOutput.BinlogRecord binlog = FileOutput.BinlogRecord.Parser.ParseFrom(Convert.FromHexString(hex.GetString()!));
            foreach (ByteString column in (binlog.DmlData?.Events ?? []).SelectMany(change => change.Row))
            {
                Assert.Equal(column, FileOutput.Column.Parser.WithDiscardUnknownFields(true).ParseFrom(column).ToByteString());
            }
        }

        return count;
    }

    private static int Check<T>(MessageParser<T> parser, JsonElement hex)
        where T : IMessage<T>
    {
        if (hex.ValueKind != JsonValueKind.String || hex.GetString() is not { Length: > 0 } text)
        {
            return 0;
        }

        T message = parser.WithDiscardUnknownFields(true).ParseFrom(Convert.FromHexString(text));

        Assert.Equal(text, Convert.ToHexStringLower(message.ToByteArray()));
        return 1;
    }

    private static IEnumerable<JsonElement> Texts(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(property => Texts(property.Value)).Prepend(element),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Texts),
        _ => [],
    };
}
