using System.Text;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.MySql;
using Binlog.Service.Downstream.Outside;

namespace Binlog.Service.Tests.Downstream.Outside;

public sealed class CheckpointFileCodecTests
{
    private static readonly OutsideCheckpoint Plain = new()
    {
        ClusterId = 7,
        Target = "MariaDB 10.11 at db:3306",
        Epoch = 3,
        Holder = "Drainer d1",
        Checkpoint = new Checkpoint(470606488562302980, 21),
        InDoubtUpTo = 470606488562302999,
        IsInDoubtAsAWhole = true,
    };

    private static readonly OutsideCheckpoint WithIntent = Plain with { Intent = new DdlIntent(470606488562303000, 12, 1, "abc"), Statement = "ALTER TABLE `t` ADD `ü` int" };

    [Fact]
    public void Write_OfThePage_IsWhatStandsThere()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "formats", "outside-checkpoint.md"));
        string example = page.Split("```text\n")[1].Split("```")[0];

        Assert.Equal(example, Encoding.UTF8.GetString(CheckpointFileCodec.Write(Plain)));
        Assert.Equal(Plain, CheckpointFileCodec.Read(Encoding.UTF8.GetBytes(example), "f"));
    }

    [Fact]
    public void Read_WithASchemaChange_IsWhatWasWritten() => Assert.Equal(WithIntent, CheckpointFileCodec.Read(CheckpointFileCodec.Write(WithIntent), "f"));

    [Fact]
    public void Read_CutAnywhere_IsDamaged()
    {
        byte[] bytes = CheckpointFileCodec.Write(WithIntent);
        for (int length = 0; length < bytes.Length; length++)
        {
            TargetException error = Assert.Throws<TargetException>(() => CheckpointFileCodec.Read(bytes.AsSpan(0, length), "f"));
            Assert.StartsWith("f is damaged: ", error.Message, StringComparison.Ordinal);
            Assert.False(error.IsTransient);
        }
    }

    [Fact]
    public void Read_AnyBitOfTheBodyFlipped_IsDamaged()
    {
        byte[] bytes = CheckpointFileCodec.Write(Plain);
        for (int bit = (Array.IndexOf(bytes, (byte)'\n') + 1) * 8; bit < (bytes.Length - 1) * 8; bit++)
        {
            byte[] flipped = [.. bytes];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Throws<TargetException>(() => CheckpointFileCodec.Read(flipped, "f"));
        }
    }

    [Fact]
    public void Read_ChangedByHand_IsTakenWhenItSaysSo()
    {
        string text = Encoding.UTF8.GetString(CheckpointFileCodec.Write(Plain)).Replace("470606488562302980", "5", StringComparison.Ordinal);
        Assert.Throws<TargetException>(() => CheckpointFileCodec.Read(Encoding.UTF8.GetBytes(text), "f"));

        string byHand = $"binlogd-checkpoint 1 by-hand\n{text.Split('\n')[1]}";

        Assert.Equal(Plain with { Checkpoint = new Checkpoint(5, 21) }, CheckpointFileCodec.Read(Encoding.UTF8.GetBytes(byHand), "f"));
    }

    [Fact]
    public void Read_NewerVersion_SaysSo()
    {
        TargetException error = Assert.Throws<TargetException>(() => CheckpointFileCodec.Read("binlogd-checkpoint 2 00000000\n{}\n"u8, "f"));

        Assert.Equal("f has format version 2; this program knows 1. Use the version that wrote it, or a newer one.", error.Message);
    }
}
