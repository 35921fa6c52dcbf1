using Binlog.TiDB.Records;

namespace Binlog.TiDB.Tests.Records;

public sealed class TableMutationReaderTests
{
    // table_id 7; inserted "a", "b"; updated "c"; deleted "d"
    private static readonly byte[] Rows = [0x08, 7, 0x12, 1, (byte)'a', 0x12, 1, (byte)'b', 0x1a, 1, (byte)'c', 0x32, 1, (byte)'d'];

    [Fact]
    public void TryReadNext_UnpackedSequence_GivesItsOrder() =>
        Assert.Equal("d:DeleteRow a:Insert c:Update b:Insert", Read([.. Rows, 0x38, 4, 0x38, 0, 0x38, 1, 0x38, 0]));

    [Fact]
    public void TryReadNext_PackedSequence_GivesItsOrder() =>
        Assert.Equal("d:DeleteRow a:Insert c:Update b:Insert", Read([.. Rows, 0x3a, 4, 4, 0, 1, 0]));

    [Fact]
    public void TryReadNext_MixedSequenceAndFieldsInAnyOrder_GivesItsOrder() =>
        Assert.Equal("d:DeleteRow a:Insert c:Update b:Insert", Read([0x3a, 2, 4, 0, 0x38, 1, 0x3a, 0, 0x3a, 1, 0, .. Rows]));

    [Theory]
    [InlineData(new byte[] { 0x38, 4, 0x38, 0, 0x38, 1 })]
    [InlineData(new byte[] { 0x38, 4, 0x38, 0, 0x38, 1, 0x38, 0, 0x38, 0 })]
    [InlineData(new byte[] { 0x38, 4, 0x38, 4, 0x38, 1, 0x38, 0 })]
    [InlineData(new byte[] { 0x38, 4, 0x38, 0, 0x38, 2, 0x38, 0 })]
    [InlineData(new byte[] { 0x38, 4, 0x38, 0, 0x38, 9, 0x38, 0 })]
    [InlineData(new byte[] { 0x38, 4, 0x38, 0, 0x38, 1, 0x38, 0, 0x20, 1 })]
    [InlineData(new byte[] { 0x38, 4, 0x38, 0, 0x38, 1, 0x38, 0, 0x2a, 1, 1 })]
    public void TryReadNext_SequenceThatDoesNotFitTheRows_Refuses(byte[] sequence) =>
        Assert.Throws<TiDBFormatException>(() => Read([.. Rows, .. sequence]));

    private static string Read(byte[] message)
    {
        byte[] value = [0x08, 3, 0x12, (byte)message.Length, .. message];
        var reader = new PrewriteValueReader(value);
        Assert.Equal(3, reader.SchemaVersion);
        Assert.True(reader.TryReadTable(out var table));
        Assert.Equal(7, table.TableId);
        var read = new List<string>();
        while (table.TryReadNext(out var mutation))
        {
            Assert.Equal(1, mutation.Length);
            read.Add($"{(char)value[mutation.Offset]}:{mutation.Kind}");
        }

        return string.Join(' ', read);
    }
}
